# Defines rollingdepth::opencv, the three parts of OpenCV that are used. Debian keeps OpenCV's own
# package for CMake in libopencv-dev, which brings the other parts and what they read and show
# pictures with.
find_path(OPENCV_INCLUDE_DIR opencv2/video/tracking.hpp PATH_SUFFIXES opencv4)
find_path(OPENCV_BUILD_INCLUDE_DIR opencv2/cvconfig.h PATH_SUFFIXES opencv4)
set(_opencv_needed OPENCV_INCLUDE_DIR OPENCV_BUILD_INCLUDE_DIR)
foreach(part core imgproc video)
  find_library(OPENCV_${part}_LIBRARY opencv_${part})
  list(APPEND _opencv_needed OPENCV_${part}_LIBRARY)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS ${_opencv_needed}
  REASON_FAILURE_MESSAGE "install libopencv-core-dev, libopencv-imgproc-dev and libopencv-video-dev")
mark_as_advanced(${_opencv_needed})

add_library(rollingdepth::opencv INTERFACE IMPORTED GLOBAL)
target_include_directories(rollingdepth::opencv SYSTEM INTERFACE
  "${OPENCV_INCLUDE_DIR}" "${OPENCV_BUILD_INCLUDE_DIR}")
target_link_libraries(rollingdepth::opencv INTERFACE
  "${OPENCV_video_LIBRARY}" "${OPENCV_imgproc_LIBRARY}" "${OPENCV_core_LIBRARY}")
