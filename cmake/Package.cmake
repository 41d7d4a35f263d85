# Packages for Debian and Ubuntu of what cmake/Install.cmake installs; scripts/package makes them.
# `rollingdepth` is all that the executable and programs built on the library need to run;
# `rollingdepth-dev` has what only compiling such programs needs, which pulls in other -dev packages.
# LibTorch lies in a private folder, /usr/lib/rollingdepth, which nothing else looks into.

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT ROLLINGDEPTH_BUNDLE_TORCH)
  return()
endif()
set(ROLLINGDEPTH_MAINTAINER "rollingdepth developers <rollingdepth@localhost>" CACHE STRING
    "Who answers for the packages: name and address")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rollingdepth)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # Each package has its own.
set(CPACK_PACKAGE_CONTACT "${ROLLINGDEPTH_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)  # As many as there are cores.
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_BINARY_DIR}/package_files.cmake")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_COMPONENT_DEV_DEPENDS runtime)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

# What the files are linked with, as dpkg-shlibdeps finds it. The folders hold what comes along.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
    "${PROJECT_BINARY_DIR}/lib" "${PROJECT_BINARY_DIR}/lib/rollingdepth" ${ROLLINGDEPTH_TORCH_RPATH})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME rollingdepth)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION video)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "\
Temporally consistent depth from video, a command-line program
Depth that stays the same from frame to frame, by the methods RollingDepth,
Video-Depth-Anything and GemDepth: as arrays, pictures, point clouds and
videos in colour. LibTorch and a small model of RollingDepth are included.")
# What is opened at run time: for interlaced clips, and for cameras (numbered as libavformat).
string(REGEX MATCH "^[0-9]+" _avfilter "${LIBAVFILTER_VERSION}")
string(REGEX MATCH "^[0-9]+" _avdevice "${LIBAV_libavformat_VERSION}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "libavfilter${_avfilter}, libavdevice${_avdevice}")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME rollingdepth-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS nlohmann-json3-dev)
set(CPACK_COMPONENT_DEV_DESCRIPTION "\
Temporally consistent depth from video, for programs of your own
Headers and a CMake package for programs that turn videos into depth with the
library of rollingdepth. LibTorch's headers, of the same version, have to be
named to CMake: ROLLINGDEPTH_TORCH_DIR.")

configure_file("${PROJECT_SOURCE_DIR}/cmake/package_files.cmake.in"
               "${PROJECT_BINARY_DIR}/package_files.cmake" @ONLY)
include(CPack)
