// Nothing of its own: librollingdepth.so holds all of the core and of reading and writing.
