# Sourced by test.sh and check.sh: tools that are fetched below target/tools, and the list of what could not run.
# Nothing here needs root or changes the system.
# shellcheck shell=bash

# Tests append to this file too: libtest swallows what a passing test prints, so a skipped test is heard only this way.
not_run_file=$PWD/target/not-run.txt
tools=$PWD/target/tools

not_run() { printf 'NOT RUN: %s\n' "$*" >>"$not_run_file"; }

# Says at the end what did not run, where nobody can overlook it.
print_not_run() {
  [ -s "$not_run_file" ] || return 0
  printf '\n==================== NOT RUN ====================\n'
  sort -u "$not_run_file"
  printf '=================================================\n'
}

# apt-get with package lists of our own, for a machine that has none.
apt_get_with_own_lists() {
  mkdir -p "$tools/apt/lists/partial" "$tools/apt/cache/archives/partial"
  apt-get -qq -o Dir::State::lists="$tools/apt/lists" -o Dir::Cache="$tools/apt/cache" "$@"
}

# Downloads the Debian package $1 into the directory that is current.
download_debian_package() {
  apt-get -qq download "$1" && return 0
  apt_get_with_own_lists update && apt_get_with_own_lists download "$1"
}

# Puts the Debian package $1 into target/tools/$1 without installing it. Fails quietly; the caller says what is missed.
fetch_debian_package() {
  local package=$1 fresh
  [ ! -d "$tools/$package" ] || return 0
  command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || return 1
  mkdir -p "$tools"
  fresh=$(mktemp -d "$tools/$package.XXXXXX")
  if (cd "$fresh" && download_debian_package "$package") >>"$tools/apt.log" 2>&1 &&
    dpkg -x "$fresh/$package"_*.deb "$fresh"; then
    rm -f "$fresh/$package"_*.deb
    mv -T "$fresh" "$tools/$package" 2>/dev/null || rm -rf "$fresh" # another run was quicker
  else
    rm -rf "$fresh"
    return 1
  fi
}

# Prints the path of program $1 from the Debian package $2: the installed one, else a fetched one. Fails if neither.
program() {
  command -v "$1" && return 0
  fetch_debian_package "$2" || return 1
  [ -x "$tools/$2/usr/bin/$1" ] && printf '%s\n' "$tools/$2/usr/bin/$1"
}

# Prints the path of a virtual environment with what scripts/requirements.txt names, made anew whenever that changes.
# Fails quietly where Python, its module venv or the package index is missing.
python_environment() {
  local venv=$tools/venv wanted=$PWD/scripts/requirements.txt
  command -v python3 >/dev/null 2>&1 || return 1
  mkdir -p "$tools"
  (
    flock 9 # two runs at once make it once
    cmp -s "$wanted" "$venv/requirements.txt" && exit 0
    python3 -m venv --clear "$venv" &&
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" &&
      cp "$wanted" "$venv/requirements.txt"
  ) 9>"$tools/venv.lock" >>"$tools/venv.log" 2>&1 || return 1
  printf '%s\n' "$venv"
}
