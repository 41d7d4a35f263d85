// Draws the views of one scene.
#pragma once

#include "lighting.hpp"

class Painter {
 public:
  /// Both outlive the painter. Cameras and exposure of the scene may change between views, what
  /// stands still may not.
  Painter(const Assets& assets, const Scene& scene);

  Picture draw(int view);

 private:
  const Assets& assets_;
  const Scene& scene_;
  std::optional<ShadowMap> still_shadows_;  // From the first view on.
};
