#!/usr/bin/env bash
# Brings a machine to the point where `make build` works, and with `--tests` where `make test` does.
#
#   tools/setup.sh [--tests]
#
# Every step looks before it acts, so a second run takes seconds. Tools are kept per user in
# ${ASSAY_TOOLS:-~/.cache/assay}, so a second clone compiles none of them again. What was found is written to
# .tools/env and .tools/tests, which the Makefile includes: every call of cargo, from there on, uses the same compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${ASSAY_TOOLS:-$HOME/.cache/assay}
oldest_rust=91 # Of 1.x: the newest `rust-version` among the crates in Cargo.lock.
oldest_node=22.12
node_version=24.21.0
worker_build_version=0.8.7
wasm_split_version=0.2.4 # Reads what `wasm_split_helpers`, in Cargo.lock, marks.
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3 }' Cargo.lock)

for_tests=
case "${1:-}" in
  --tests) for_tests=yes ;;
  '') ;;
  *) echo "usage: tools/setup.sh [--tests]" >&2; exit 2 ;;
esac

say() { echo "setup: $*" >&2; }
fail() { echo "setup: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# ---- The machine's own packages

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() { # why, about how long, packages...
  local why=$1 time=$2
  shift 2
  has apt-get || fail "$why: install $* with this machine's package manager, then try again"
  [ "$(id -u)" = 0 ] || has sudo || fail "$why: run \`apt-get install $*\` as root, then try again"
  say "installing $* ($why; about $time)"
  local log
  log=$(mktemp)
  {
    as_root apt-get update -qq &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >"$log" 2>&1 || { tail -5 "$log" >&2; fail "apt-get could not install $*; the lines above say why"; }
  rm -f "$log"
}

c_compiler() {
  has cc || apt_install "Rust needs a C linker" "30 s" build-essential
}

# ---- Rust, with the Wasm target

# Compiles a crate that uses the standard library: having the target listed is not the same as having it.
rust_makes_wasm() {
  has rustc && has cargo || return 1
  local minor
  minor=$(rustc --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+).*/\1/p')
  [ "${minor:-0}" -ge "$oldest_rust" ] || return 1
  echo '#[unsafe(no_mangle)] pub extern "C" fn probe(n: usize) -> usize { vec![n].len() }' |
    rustc --edition 2024 --crate-type cdylib --target wasm32-unknown-unknown -C panic=abort -C lto -C opt-level=1 \
      -o "$scratch/probe.wasm" - 2>/dev/null
}

rust() {
  rust_makes_wasm && return
  if has rustup; then
    if RUSTUP_TOOLCHAIN=debian rust_makes_wasm; then
      export RUSTUP_TOOLCHAIN=debian
      return
    fi
    say "adding the Wasm target with rustup"
    rustup target add wasm32-unknown-unknown >/dev/null 2>&1 || true
    rust_makes_wasm && return
    say "rustup cannot provide it here; using Debian's Rust instead"
  fi
  has apt-get || fail "install Rust 1.$oldest_rust or newer and run: rustup target add wasm32-unknown-unknown"
  rust_from_debian
  rust_makes_wasm || fail "Debian's Rust cannot compile for Wasm here; install rustup and run: rustup target add wasm32-unknown-unknown"
}

rust_from_debian() {
  local packages=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web)
  dpkg -s "${packages[@]}" >/dev/null 2>&1 || apt_install "a Rust compiler that can build for Wasm" "1 min" "${packages[@]}"
  if has rustup; then
    rustup toolchain link debian /usr
    export RUSTUP_TOOLCHAIN=debian
  else
    PATH=/usr/bin:$PATH
  fi
  rust_makes_wasm || wasm_std
}

# Debian ships no standard library for the target, but it ships the source.
wasm_std() {
  local libraries=/usr/lib/rustlib/wasm32-unknown-unknown/lib
  [ "$(id -u)" = 0 ] || has sudo || fail "Rust's standard library for Wasm goes to $libraries: run tools/setup.sh once as root"
  say "building Rust's standard library for Wasm (once per machine, about 1 min)"
  local crate="$scratch/std"
  mkdir -p "$crate/src"
  : >"$crate/src/lib.rs"
  printf '[package]\nname = "assay_std_stub"\nedition = "2024"\n' >"$crate/Cargo.toml"
  # The bitcode is what link-time optimisation of the app and the Worker works on.
  (
    cd "$crate"
    CARGO_TARGET_DIR=$crate/target RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
      /usr/bin/cargo build --quiet --release -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown
  ) || fail "the standard library did not build; the lines above say why"
  as_root mkdir -p "$libraries"
  as_root find "$libraries" -name '*.rlib' -delete
  find "$crate/target/wasm32-unknown-unknown/release/deps" -name 'lib*.rlib' ! -name 'libassay_std_stub*' -print0 |
    as_root xargs -0 cp -t "$libraries"
  # Crates compiled against another build of the library cannot be linked with this one.
  rm -rf "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown"
}

rust_components() {
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 && return
  say "adding clippy and rustfmt with rustup"
  rustup component add clippy rustfmt >/dev/null 2>&1 && return
  fail "cargo clippy and cargo fmt are missing; run: rustup component add clippy rustfmt"
}

# ---- Command line tools compiled from the registry

compile() { # crate, version, binary, more for cargo...
  local root=$tools/$1-$2
  [ -x "$root/bin/$3" ] && return
  say "compiling $1 $2 (once per machine, about 90 s)"
  # Unoptimised, which halves the time to compile: they run for a second per build. What is set for the project's own
  # crates does not apply to its tools.
  env -u RUSTFLAGS -u CARGO_BUILD_TARGET \
    CARGO_TARGET_DIR="$tools/compiling" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo install --quiet --root "$root" --bin "$3" "${@:4}" "$1@$2" ||
    fail "$1 did not compile; the lines above say why"
}

command_line_tools() {
  compile wasm-bindgen-cli "$wasm_bindgen_version" wasm-bindgen
  compile wasm_split_cli_support "$wasm_split_version" wasm-split-cli --features build-binary
  compile worker-build "$worker_build_version" worker-build
  rm -rf "$tools/compiling"
}

# ---- Node and its packages

node_is_recent() {
  has node && node -e "
    const [major, minor] = process.versions.node.split('.').map(Number);
    const [oldest, least] = '$oldest_node'.split('.').map(Number);
    process.exit(major > oldest || (major === oldest && minor >= least) ? 0 : 1)"
}

node_and_packages() {
  has npm || fail "install Node.js $oldest_node or newer with npm, then try again"
  local root=$tools/node-$node_version package
  package=$(node -p "(process.platform + process.arch === 'darwinarm64' ? 'node-bin-' : 'node-') + process.platform + '-' + process.arch")
  if [ ! -x "$root/node_modules/$package/bin/node" ] && ! node_is_recent; then
    say "installing Node $node_version beside the one found, $(node -v) (about 10 s)"
    npm install --silent --no-save --ignore-scripts --prefix "$root" "$package@$node_version" ||
      fail "install Node.js $oldest_node or newer, then try again"
  fi
  if [ -x "$root/node_modules/$package/bin/node" ]; then
    node_bin=$root/node_modules/$package/bin
    PATH=$node_bin:$PATH
  fi
  cmp -s package-lock.json node_modules/.installed && return
  say "installing npm packages (about 20 s)"
  # No package needs its install script, so none gets to run one.
  npm ci --silent --ignore-scripts || fail "npm ci failed; the lines above say why"
  cp package-lock.json node_modules/.installed
}

# ---- A browser

browser() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
    if [ -n "$name" ] && chromium=$(command -v "$name"); then return; fi
  done
  apt_install "the browser tests" "1 min" chromium fonts-liberation
  chromium=$(command -v chromium) || fail "install Chromium, or set CHROMIUM to its path, then try again"
}

# ---- The official Python SDKs, which the live tests point at the gateway

python_sdks() {
  local wanted=tests/live/python/requirements.txt root
  root=$tools/python-$(cksum <"$wanted" | cut -d ' ' -f 1)
  python=$root/bin/python
  [ -e "$root/.installed" ] && return
  has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null ||
    apt_install "the tests use the Python SDKs" "30 s" python3 python3-venv
  say "installing the Python SDKs (about 20 s)"
  # Nothing but what is named: each in one version, none of them built here.
  { python3 -m venv "$root" && "$root/bin/pip" install --quiet --no-deps --only-binary :all: -r "$wanted"; } ||
    fail "the Python SDKs did not install; the lines above say why"
  touch "$root/.installed"
}

# ---- The client of the gate

curl_for_the_gate() {
  has curl || apt_install "the tests ask the gate as a build does" "10 s" curl
}

# ---- What the Makefile needs to know

write_for_make() {
  mkdir -p .tools
  {
    [ -z "${RUSTUP_TOOLCHAIN:-}" ] || echo "export RUSTUP_TOOLCHAIN=$RUSTUP_TOOLCHAIN"
    echo "export WASM_BINDGEN_BIN=$tools/wasm-bindgen-cli-$wasm_bindgen_version/bin/wasm-bindgen"
    echo "export WASM_SPLIT_BIN=$tools/wasm_split_cli_support-$wasm_split_version/bin/wasm-split-cli"
    echo "export WASM_OPT_BIN=$PWD/node_modules/.bin/wasm-opt"
    echo "export ESBUILD_BIN=$PWD/node_modules/.bin/esbuild"
    echo "TOOLS_PATH=${node_bin:+$node_bin:}$PWD/node_modules/.bin:$tools/worker-build-$worker_build_version/bin"
  } >.tools/new
  mv .tools/new .tools/env
  # The later of the two to be written: `make` goes by their age.
  [ -z "$for_tests" ] || printf 'export %s\n' "CHROMIUM=$chromium" "PYTHON_OF_SDKS=$python" >.tools/tests
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$tools"
if has flock; then # Two clones may be set up at once.
  exec 9>"$tools/lock"
  flock --nonblock 9 || { say "waiting for another setup on this machine"; flock 9; }
fi
node_bin=
SECONDS=0
c_compiler
rust
command_line_tools
node_and_packages
if [ -n "$for_tests" ]; then
  rust_components
  browser
  python_sdks
  curl_for_the_gate
fi
write_for_make
[ "$SECONDS" -lt 5 ] || say "done in $SECONDS s"
