# Imported targets for LibTorch. find_package(Torch) on a CUDA wheel asks for a CUDA toolkit; the
# executable needs none, because libtorch_cuda.so is opened at run time (src/nn/cuda_devices.cpp).
#
# ROLLINGDEPTH_TORCH_DIR (cache or environment) names a folder with include/ and lib/: the `torch`
# folder of a wheel, or an unpacked LibTorch archive.

set(ROLLINGDEPTH_TORCH_DIR "$ENV{ROLLINGDEPTH_TORCH_DIR}" CACHE PATH
    "LibTorch folder holding include/ and lib/; default: the one that scripts/setup unpacks")
if(ROLLINGDEPTH_TORCH_DIR)
  set(_torch_dir "${ROLLINGDEPTH_TORCH_DIR}")
else()
  set(_torch_dir "${PROJECT_SOURCE_DIR}/third_party/libtorch/torch")
endif()

if(NOT EXISTS "${_torch_dir}/include/torch/script.h")
  message(FATAL_ERROR
    "LibTorch not found in '${_torch_dir}'. Run scripts/setup, or set ROLLINGDEPTH_TORCH_DIR.")
endif()

include(LibTorchVersion)
rollingdepth_require_libtorch("${_torch_dir}")

# The wheel keeps the CUDA libraries beside the torch folder, in nvidia/.
get_filename_component(_torch_parent "${_torch_dir}" DIRECTORY)
file(GLOB _cuda_lib_dirs "${_torch_parent}/nvidia/cu13/lib" "${_torch_parent}/nvidia/*/lib")

function(_rollingdepth_torch_library target name)
  # Not cached: ROLLINGDEPTH_TORCH_DIR may change.
  find_library(_library ${name} PATHS "${_torch_dir}/lib" NO_DEFAULT_PATH NO_CACHE REQUIRED)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${_library}"
    INTERFACE_INCLUDE_DIRECTORIES
      "${_torch_dir}/include;${_torch_dir}/include/torch/csrc/api/include")
endfunction()

_rollingdepth_torch_library(rollingdepth::c10 c10)
_rollingdepth_torch_library(rollingdepth::torch_cpu torch_cpu)
set_property(TARGET rollingdepth::torch_cpu APPEND PROPERTY
  INTERFACE_LINK_LIBRARIES rollingdepth::c10)
# libtorch_cpu.so names CUDA libraries of its own; their folders are needed to resolve them.
foreach(_dir IN LISTS _cuda_lib_dirs)
  set_property(TARGET rollingdepth::torch_cpu APPEND PROPERTY
    INTERFACE_LINK_OPTIONS "LINKER:-rpath-link,${_dir}")
endforeach()

set(ROLLINGDEPTH_TORCH_LIB_DIR "${_torch_dir}/lib")
set(ROLLINGDEPTH_TORCH_RPATH "${_torch_dir}/lib" ${_cuda_lib_dirs})
