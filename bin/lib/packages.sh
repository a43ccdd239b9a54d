# Packages that the commands in bin/ need. To be sourced by a POSIX shell.

# have_package NAME: true where what this Debian package gives is there, whoever installed it.
have_package() {
    case $1 in
    jdk) have_jdk ;;
    maven) command -v mvn >/dev/null 2>&1 ;;
    libc6-dev) [ -e /usr/include/stdio.h ] ;;
    libdw1) have_library libdw.so.1 ;;
    libjemalloc2) have_library libjemalloc.so.2 ;;
    libtcmalloc-minimal4) have_library libtcmalloc_minimal.so.4 ;;
    libmimalloc2.0) have_library libmimalloc.so.2 ;;
    python3-jpype) [ -e /usr/share/java/org.jpype.jar ] && /usr/bin/python3 -c 'import jpype' 2>/dev/null ;;
    r-base-core) command -v Rscript >/dev/null 2>&1 ;;
    r-cran-rjava) have_file "/usr/lib/R/*library/rJava/libs/rJava.so" ;;
    uwsgi-plugin-jvm-openjdk-17) [ -e /usr/lib/uwsgi/plugins/jvm_openjdk17_plugin.so ] ;;
    uwsgi-plugin-jwsgi-openjdk-17) [ -e /usr/lib/uwsgi/plugins/jwsgi_openjdk17_plugin.so ] ;;
    libcmocka-dev) [ -e /usr/include/cmocka.h ] ;;
    gcc-aarch64-linux-gnu) command -v aarch64-linux-gnu-gcc >/dev/null 2>&1 ;;
    libc6-dev-arm64-cross) [ -e /usr/aarch64-linux-gnu/include/stdio.h ] ;;
    qemu-user) command -v qemu-aarch64 >/dev/null 2>&1 ;;
    libclang-rt-*-dev) have_file "/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*" ;;
    docker.io) command -v dockerd >/dev/null 2>&1 ;;
    ca-certificates) [ -e /etc/ssl/certs/ca-certificates.crt ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# have_file PATTERN
have_file() {
    for file in $1; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

# A JDK 17 or newer, by JAVA_HOME or PATH.
have_jdk() {
    if [ -n "${JAVA_HOME:-}" ]; then
        javac=$JAVA_HOME/bin/javac
    else
        javac=javac
    fi
    major=$("$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ -n "$major" ] && [ "$major" -ge 17 ]
}

# ldconfig is not in every user's PATH.
have_library() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q "$1"
}

# package_name NAME: the package of this system; "jdk" and "jre" are called otherwise on each release.
package_name() {
    if [ "$1" != jdk ] && [ "$1" != jre ]; then
        echo "$1"
    elif apt-cache show "openjdk-17-$1-headless" >/dev/null 2>&1; then
        echo "openjdk-17-$1-headless"
    else
        echo "default-$1-headless"
    fi
}

# need_packages NAME...: names of Debian packages, or "jdk". Installs those that are missing where apt-get and the right
# to use it are there; else names them in one line and ends the shell with status 1.
need_packages() {
    missing=
    for name in "$@"; do
        have_package "$name" || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
        echo "${0##*/}: please install (names of Debian packages; jdk: a JDK, 17 or newer):$missing" >&2
        exit 1
    fi
    echo "Installing:$missing"
    log=$(mktemp)
    if ! install_packages $missing >"$log" 2>&1; then
        cat "$log" >&2
        echo "${0##*/}: could not install:$missing" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
    for name in $missing; do
        if ! have_package "$name"; then
            echo "${0##*/}: $name is still missing after its installation (JAVA_HOME of an older JDK?)" >&2
            exit 1
        fi
    done
}

install_packages() {
    apt-get update || return 1
    names=
    for name in "$@"; do
        names="$names $(package_name "$name")"
    done
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $names
}
