# `cmake --install build/release --prefix DIR` makes a tree that may be moved as a whole: the
# executable finds the program, LibTorch and the models beside itself. FFmpeg and OpenCV stay the
# system's. What only the compiling of other programs needs is the component `dev`; cmake/Package.cmake
# makes a package of its own of it.

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME runtime)
option(ROLLINGDEPTH_BUNDLE_TORCH
       "Install LibTorch's libraries too (450 MB); OFF: run with those of the build" ON)
option(ROLLINGDEPTH_BUNDLE_CUDA
       "With ROLLINGDEPTH_BUNDLE_TORCH: also the CUDA libraries (several GB)" OFF)

set(_share "${CMAKE_INSTALL_DATADIR}/rollingdepth")
# A folder of its own keeps LibTorch's libgomp and c10 out of the way of other programs. The layout
# is the wheel's, as its libraries find the CUDA ones by relative paths.
set(_bundle "${CMAKE_INSTALL_LIBDIR}/rollingdepth")

install(TARGETS rollingdepth rollingdepth_program
        RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" LIBRARY DESTINATION "${_bundle}")
file(RELATIVE_PATH _bundle_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${_bundle}")
set(_own_folder "$ORIGIN")
if(APPLE)
  set(_own_folder "@loader_path")
endif()
set_target_properties(rollingdepth PROPERTIES INSTALL_RPATH "${_own_folder}/${_bundle_from_bin}")
# What other programs build on.
install(TARGETS rollingdepth_library
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" NAMELINK_COMPONENT dev)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/rollingdepth"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/rollingdepth")
set(ROLLINGDEPTH_LIBRARY
    "${CMAKE_INSTALL_LIBDIR}/${CMAKE_SHARED_LIBRARY_PREFIX}rollingdepth${CMAKE_SHARED_LIBRARY_SUFFIX}")
set(ROLLINGDEPTH_INCLUDES "${CMAKE_INSTALL_INCLUDEDIR}")
get_filename_component(ROLLINGDEPTH_PACKAGE_TORCH_DIR "${ROLLINGDEPTH_TORCH_LIB_DIR}/.." ABSOLUTE)
include(CMakePackageConfigHelpers)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/rollingdepthConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/rollingdepthConfig.cmake" INSTALL_DESTINATION "${_package}"
  PATH_VARS ROLLINGDEPTH_LIBRARY ROLLINGDEPTH_INCLUDES)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/rollingdepthConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/rollingdepthConfig.cmake"
              "${PROJECT_BINARY_DIR}/rollingdepthConfigVersion.cmake" DESTINATION "${_package}"
        COMPONENT dev)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/models" DESTINATION "${_share}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/docs/rollingdepth.1"
        DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${PROJECT_SOURCE_DIR}/scripts/completion.bash"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME rollingdepth)

if(NOT ROLLINGDEPTH_BUNDLE_TORCH)
  set_target_properties(rollingdepth_program rollingdepth_library PROPERTIES
    INSTALL_RPATH "${ROLLINGDEPTH_TORCH_RPATH}")
  return()
endif()

set_target_properties(rollingdepth_program PROPERTIES INSTALL_RPATH "${_own_folder}/torch/lib")
set_target_properties(rollingdepth_library PROPERTIES
  INSTALL_RPATH "${_own_folder}/rollingdepth/torch/lib")
get_filename_component(_wheel_dir "${ROLLINGDEPTH_TORCH_LIB_DIR}/../.." ABSOLUTE)

# What the loader finds for libtorch_cpu.so within LibTorch's own folders; libstdc++ and the like
# are the system's. The imported files are copied as they are, with their own $ORIGIN paths.
install(IMPORTED_RUNTIME_ARTIFACTS rollingdepth::torch_cpu rollingdepth::c10
        RUNTIME_DEPENDENCY_SET rollingdepth_torch LIBRARY DESTINATION "${_bundle}/torch/lib")
install(RUNTIME_DEPENDENCY_SET rollingdepth_torch
        DIRECTORIES ${ROLLINGDEPTH_TORCH_RPATH}
        POST_INCLUDE_REGEXES "^${_wheel_dir}/"
        POST_EXCLUDE_REGEXES ".*"
        LIBRARY DESTINATION "${_bundle}/torch/lib")

if(ROLLINGDEPTH_BUNDLE_CUDA)
  install(DIRECTORY "${ROLLINGDEPTH_TORCH_LIB_DIR}/" DESTINATION "${_bundle}/torch/lib"
          FILES_MATCHING PATTERN "*.so*" PATTERN "libtorch_python*" EXCLUDE)
  install(DIRECTORY "${_wheel_dir}/nvidia" DESTINATION "${_bundle}" FILES_MATCHING PATTERN "*.so*")
endif()

# The licences of what is bundled, under the names of the wheels.
file(GLOB _licences RELATIVE "${_wheel_dir}"
     "${_wheel_dir}/torch-*.dist-info/licenses/*" "${_wheel_dir}/nvidia_*.dist-info/licenses/*"
     "${_wheel_dir}/nvidia_*.dist-info/License.txt")
foreach(_licence IN LISTS _licences)
  string(REGEX REPLACE "/.*" "" _wheel "${_licence}")
  install(FILES "${_wheel_dir}/${_licence}"
          DESTINATION "${CMAKE_INSTALL_DOCDIR}/licences/${_wheel}")
endforeach()
