# shellcheck shell=bash
# Shared by the scripts of this folder, which source it. What a Mac runs of them keeps to bash 3.2,
# which takes "${list[@]}" of an empty list for an unset variable, and to the options of BSD's tools.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# In a terminal ninja keeps one status line; elsewhere it prints a line per step.
export NINJA_STATUS='[%f/%t %es] '

# Every tool below sees the same folder, whatever its working directory.
if [[ -n ${ROLLINGDEPTH_TORCH_DIR:-} ]]; then
  [[ $ROLLINGDEPTH_TORCH_DIR == /* ]] || ROLLINGDEPTH_TORCH_DIR=$PWD/$ROLLINGDEPTH_TORCH_DIR
  export ROLLINGDEPTH_TORCH_DIR
fi

step() { printf '== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

wrong_usage() {
  printf '%s: %s (see --help)\n' "$(basename "$0")" "$*" >&2
  exit 2
}

# nproc goes by OpenMP's variables too, which say how many threads each of several processes has.
cores() { env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

# Runs a command with its output kept aside; shows the output only where the command fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [[ $status -eq 0 ]] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# shellcheck source=scripts/packages.sh
source "$repo/scripts/packages.sh"

# --- Build -----------------------------------------------------------------------------------

cached_value() { # FOLDER VARIABLE
  sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"
}

# Refuses a build folder that is not this checkout's, instead of changing it.
check_build_folder() {
  local folder=$1 source generator
  [[ -e $folder/CMakeCache.txt ]] || return 0
  source=$(cached_value "$folder" CMAKE_HOME_DIRECTORY)
  generator=$(cached_value "$folder" CMAKE_GENERATOR)
  [[ $source == "$repo" ]] ||
    die "$folder was configured for another source folder, $source; remove it or rename it"
  [[ $generator == Ninja ]] ||
    die "$folder was configured for the generator $generator, not Ninja; remove it or rename it"
}

preset_names() {
  (cd "$repo" && cmake --list-presets | sed -n 's/^ *"\([^"]*\)".*/\1/p')
}

# Configures a preset into build/PRESET. Configuring again costs a second or two and picks up
# another LibTorch, so it always happens.
configure() { # PRESET [OPTION of cmake]...
  local preset=$1 folder=$repo/build/$1
  preset_names | grep -Fqx -- "$preset" ||
    wrong_usage "no preset '$preset'; there are: $(preset_names | paste -sd ' ' -)"
  check_build_folder "$folder"
  step "configuring build/$preset"
  (cd "$repo" && quietly cmake --preset "$preset" \
    -DROLLINGDEPTH_TORCH_DIR="${ROLLINGDEPTH_TORCH_DIR:-}" "${@:2}") || die "cannot configure $folder"
}

build() { # PRESET [TARGET]...
  local preset=$1 targets=()
  [[ $# -lt 2 ]] || targets=(--target "${@:2}")
  step "building build/$preset"
  cmake --build "$repo/build/$preset" \
    --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(cores)}" ${targets[@]+"${targets[@]}"} ||
    die "the build of build/$preset failed; what the compiler says stands above"
}
