# shellcheck shell=bash
# Packages of the system, for scripts/common.sh: what system this is, whether it is new enough, and
# how what is missing is installed. Packages are named as Debian names them.

# The file that says which system this is; tests name another.
os_release=${ROLLINGDEPTH_OS_RELEASE:-/etc/os-release}

os_value() { # NAME
  # shellcheck source=/dev/null
  if [[ -r $os_release ]]; then (unset "$1" && source "$os_release" && echo "${!1:-}"); fi
}

# Whether version $1 is at least $2: "24.04", "12". A system without a version is one that rolls.
is_at_least() {
  [[ -z $1 ]] || [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n1) == "$2" ]]
}

# Prints who installs packages here, apt or dnf; stops where that is known to be in vain.
package_manager() { # PACKAGE...
  local id version
  id=$(os_value ID)
  version=$(os_value VERSION_ID)
  case $id in
    debian)
      is_at_least "$version" 12 ||
        die "Debian $version is too old: its CMake, GCC and FFmpeg are; Debian 12 has CMake 3.25, GCC 12 and FFmpeg 5.1"
      echo apt
      ;;
    ubuntu)
      is_at_least "$version" 24.04 ||
        die "Ubuntu $version is too old: CMake 3.25 and FFmpeg 5.1 are needed, which Ubuntu 24.04 has"
      echo apt
      ;;
    fedora)
      is_at_least "$version" 40 ||
        die "Fedora $version is too old: it gets no updates any more; Fedora 40 is the oldest that is taken"
      echo dnf
      ;;
    *)
      die "no packages are known for '${id:-this system}', only for Debian, Ubuntu and Fedora; what these packages of Debian hold is needed: $*"
      ;;
  esac
}

# What Fedora calls a package of Debian. FFmpeg goes by what a package provides: that is Fedora's own
# ffmpeg-free (without x264 and x265), or RPM Fusion's where it is installed, which excludes the other.
fedora_package() { # PACKAGE
  case $1 in
    cmake | ninja-build | ccache | curl | python3 | python3-pip | clang | chromium | file) echo "$1" ;;
    g++) echo gcc-c++ ;;
    pkg-config) echo pkgconf-pkg-config ;;
    libav*-dev | libsw*-dev) echo "pkgconfig(${1%-dev})" ;;
    ffmpeg) echo /usr/bin/ffmpeg ;;
    libopencv-*-dev) echo opencv-devel ;;
    libcli11-dev) echo cli11-devel ;;
    libspdlog-dev) echo spdlog-devel ;;
    nlohmann-json3-dev) echo json-devel ;;
    libgtest-dev) echo gtest-devel ;;
    libgmock-dev) echo gmock-devel ;;
    libssl-dev) echo openssl-devel ;;
    libeigen3-dev) echo eigen3-devel ;;
    libxxhash-dev) echo xxhash-devel ;;
    libopenexr-dev) echo openexr-devel ;;
    libtiff-dev) echo libtiff-devel ;;
    libarchive-dev) echo libarchive-devel ;;
    libtinyxml2-dev) echo tinyxml2-devel ;;
    libyaml-cpp-dev) echo yaml-cpp-devel ;;
    libmicrohttpd-dev) echo libmicrohttpd-devel ;;
    zlib1g-dev) echo zlib-devel ;;
    libbenchmark-dev) echo google-benchmark-devel ;;
    libclang-rt-dev) echo compiler-rt ;;
    chromium-driver) echo chromedriver ;;
    python3-venv) ;; # A part of python3.
    python3-yaml) echo python3-pyyaml ;;
    *) die "Fedora has no package for Debian's $1" ;;
  esac
}

# Prints those of the named packages that are not installed, as the system names them.
missing_packages() { # apt|dnf PACKAGE...
  local manager=$1 package
  shift
  if [[ $manager == dnf ]]; then
    for package in "$@"; do fedora_package "$package" || exit; done | sort -u |
      while read -r package; do
        rpm --query --whatprovides "$package" >/dev/null 2>&1 || echo "$package"
      done
    return
  fi
  for package in "$@"; do
    # shellcheck disable=SC2016  # dpkg-query expands it
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

install_packages() { # PACKAGE...
  local manager missing=() as_root=() install=() listed
  if [[ $(uname -s) != Linux ]]; then
    echo "No Linux: taking for granted what these Debian packages hold: $*" >&2
    return
  fi
  manager=$(package_manager "$@") || exit
  listed=$(missing_packages "$manager" "$@") || exit
  [[ -n $listed ]] || return 0
  mapfile -t missing <<<"$listed"
  install=(apt-get install --yes --no-install-recommends "${missing[@]}")
  if [[ $manager == dnf ]]; then
    install=(dnf install --assumeyes --setopt=install_weak_deps=False "${missing[@]}")
  fi
  if [[ $(id -u) -ne 0 ]]; then
    # Without a terminal nobody can type a password.
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      die "packages are missing and this user may not install them; as root: ${install[*]@Q}"
    fi
  fi
  step "installing packages: ${missing[*]}"
  # The index of a fresh machine is empty or old. A broken third-party source need not stop us.
  [[ $manager == dnf ]] || quietly "${as_root[@]}" apt-get update </dev/null ||
    echo "apt-get update failed; going on" >&2
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" </dev/null ||
    die "cannot install the packages; to see more, as root: ${install[*]@Q}"
}
