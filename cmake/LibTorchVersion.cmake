# rollingdepth_require_libtorch(<folder>): stops where the LibTorch there is older than the code needs,
# and warns of one that it was not tried with, which may have moved what is internal to it.

set(ROLLINGDEPTH_OLDEST_TORCH 2.10)
set(ROLLINGDEPTH_TRIED_TORCH 2.11)  # scripts/libtorch-requirements.txt

function(rollingdepth_require_libtorch folder)
  foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(NOT _version AND EXISTS "${folder}/include/${_header}")
      file(READ "${folder}/include/${_header}" _text)
      if(_text MATCHES "#define TORCH_VERSION_MAJOR ([0-9]+)")
        set(_version "${CMAKE_MATCH_1}")
        string(REGEX MATCH "#define TORCH_VERSION_MINOR ([0-9]+)" _found "${_text}")
        string(APPEND _version ".${CMAKE_MATCH_1}")
      endif()
    endif()
  endforeach()
  if(NOT _version)
    message(FATAL_ERROR "The version of LibTorch in '${folder}' cannot be found: "
      "${ROLLINGDEPTH_OLDEST_TORCH} or newer is needed, ${ROLLINGDEPTH_TRIED_TORCH} is what "
      "scripts/setup unpacks.")
  endif()
  if(_version VERSION_LESS ROLLINGDEPTH_OLDEST_TORCH)
    message(FATAL_ERROR "LibTorch ${_version} in '${folder}' is too old: "
      "${ROLLINGDEPTH_OLDEST_TORCH} or newer is needed, ${ROLLINGDEPTH_TRIED_TORCH} is what "
      "scripts/setup unpacks.")
  endif()
  if(NOT _version VERSION_EQUAL ROLLINGDEPTH_TRIED_TORCH)
    message(WARNING "LibTorch ${_version} in '${folder}' is not ${ROLLINGDEPTH_TRIED_TORCH}, with "
      "which everything was tried.")
  endif()
endfunction()
