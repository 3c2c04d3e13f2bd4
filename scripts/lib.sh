# Shell functions shared by run, check and .ci/run. Source it from bash with ROOT set.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND…: runs it as root, through sudo if need be.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "this step needs root: run it as root, or install sudo"
    fi
}

debian_suite() { (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}"); }

missing_packages() { # packages on standard input
    local p
    while read -r p; do
        dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || echo "$p"
    done
}

# quietly COMMAND…: shows what it printed only if it fails.
quietly() {
    local out
    out=$("$@" 2>&1 </dev/null) || { printf '%s\n' "$out" | tail -40 >&2; fail "$1 failed (see above)"; }
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@"; }

# Debian 12 has ngtcp2 only in backports. The line uses the server that the machine has for Debian itself.
add_backports() {
    [ "$(debian_suite)" = bookworm ] || return 0
    apt-cache policy libngtcp2-crypto-gnutls-dev 2>/dev/null | grep -q 'bookworm-backports' && return 0
    local server
    server=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
    [ -n "$server" ] || fail "no Debian 12 source in /etc/apt: cannot add bookworm-backports"
    say "adding bookworm-backports"
    echo "deb $server bookworm-backports main" |
        as_root tee /etc/apt/sources.list.d/punktfunk-backports.list >/dev/null
    apt_get update
}

# install_packages PURPOSE…: installs what scripts/packages names and the machine lacks.
install_packages() {
    command -v apt-get >/dev/null ||
        fail "this script installs packages with apt: use Debian 12 or 13, or build by hand (README.md)"
    local wanted missing backports=
    wanted=$("$ROOT/scripts/packages" "$@")
    if [ "$(debian_suite)" = bookworm ]; then
        wanted=$(sed 's/^libclang-rt-dev$/libclang-rt-14-dev/' <<<"$wanted")
    fi
    missing=$(missing_packages <<<"$wanted")
    [ -n "$missing" ] || return 0
    say "installing $(wc -w <<<"$missing") packages"
    apt_get update
    add_backports
    if [ "$(debian_suite)" = bookworm ]; then
        backports=$(grep '^libngtcp2' <<<"$missing" || true)
        missing=$(grep -v '^libngtcp2' <<<"$missing" || true)
    fi
    # shellcheck disable=SC2086
    [ -z "$backports" ] || quietly apt_get install -y --no-install-recommends -t bookworm-backports $backports
    # shellcheck disable=SC2086
    [ -z "$missing" ] || quietly apt_get install -y --no-install-recommends $missing
}

# configure DIR OPTION…: sets a Meson build folder up once, or again when the options changed.
configure() {
    local dir=$1; shift
    local stamp="$dir/.options"
    if [ -f "$dir/build.ninja" ] && [ "$(cat "$stamp" 2>/dev/null)" = "${CC:-cc} $*" ]; then return 0; fi
    rm -rf "$dir"
    meson setup "$dir" "$ROOT" "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; fail "meson setup failed (see above)"; }
    rm -f "$dir.log"
    echo "${CC:-cc} $*" >"$stamp"
}

# One build folder's objects serve the next where the compiler's words are the same.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT} CCACHE_NOHASHDIR=1

# build DIR: compiles, showing the compiler's words only when it fails.
build() {
    ninja -C "$1" >"$1/ninja.log" 2>&1 || { grep -v '^\[' "$1/ninja.log" | tail -60 >&2; fail "the build in $1 failed (see above)"; }
}
