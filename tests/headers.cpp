// Only the precompiled headers of its target are wanted; a target needs a source to have any.
