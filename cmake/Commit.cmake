# Writes the header OUTPUT with the commit of SOURCE_DIR; without Git or outside of a checkout, with
# what the variable ROLLINGDEPTH_COMMIT of the environment says. Run by every build; the file changes
# only with what it says.
set(_commit "$ENV{ROLLINGDEPTH_COMMIT}")
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS "${SOURCE_DIR}/.git")
  execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${SOURCE_DIR}" describe --always --abbrev=10
                          --exclude=* --dirty=-changed
    OUTPUT_VARIABLE _commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE _failed)
  if(_failed)
    set(_commit "")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#define ROLLINGDEPTH_COMMIT \"${_commit}\"\n" @ONLY)
