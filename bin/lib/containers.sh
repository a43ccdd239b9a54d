# A container engine with the base images of the container tests. To be sourced by a POSIX shell after packages.sh, in the
# root of the repository.
#
#   start_engine        sees to it that an engine answers; status 1 where none can run here, and $no_engine says why
#   make_images         their images, and a list of what stands in the engine before the tests
#   check_containers    status 1, with a list, where something was left there by the tests
#   stop_engine         stops the engine, if it is ours

# An engine of ours keeps its images from one run to the next, apart from those of any other.
ENGINE_CACHE=/var/cache/forkwitness
ENGINE_RUN=/run/forkwitness
IMAGES=forkwitness-test
RECIPES=test-images/src/images
# Those that consist of packages: the base, and the base with what some host of a JVM needs.
PACKAGE_IMAGES="base allocators jpype r uwsgi"

engine_pid=
no_engine=
standing_before=

# The client may be there without an engine: what counts is whether somebody answers it.
engine_answers() {
    command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1
}

start_engine() {
    if engine_answers; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        no_engine="no Docker engine answers, and only root can start one"
        return 1
    fi
    need_packages docker.io
    # As a system service it may have started by its installation.
    if engine_answers; then
        return 0
    fi
    mkdir -p "$ENGINE_CACHE" "$ENGINE_RUN"
    exec 9>"$ENGINE_CACHE/lock"
    if ! flock -n 9; then
        echo "Waiting for another run that uses $ENGINE_CACHE"
        flock 9
    fi
    run_engine
}

# Without networks: the containers have none, and the machine's own stay as they are.
run_engine() {
    export DOCKER_HOST="unix://$ENGINE_RUN/docker.sock"
    dockerd --host "$DOCKER_HOST" --data-root "$ENGINE_CACHE/docker" --exec-root "$ENGINE_RUN" \
        --pidfile "$ENGINE_RUN/dockerd.pid" --bridge=none --iptables=false --ip6tables=false --ip-forward=false \
        >"$ENGINE_CACHE/dockerd.log" 2>&1 9>&- &
    engine_pid=$!
    tries=0
    until engine_answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$engine_pid" 2>/dev/null; then
            stop_engine
            no_engine="dockerd does not start: $(tail -n 1 "$ENGINE_CACHE/dockerd.log")"
            return 1
        fi
        sleep 0.2
    done
    sweep
}

# What a run that was killed has left in our engine, and images that nothing makes any more.
sweep() {
    docker system prune --force --volumes >/dev/null
    kept=$(echo "$PACKAGE_IMAGES" | sed 's/ /\\|/g')
    docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v "^$IMAGES/\($kept\|jdk[0-9]*\):" |
        while read -r image; do
            docker image rm --force "$image" >/dev/null
        done
}

make_images() {
    need_packages mmdebstrap
    for image in $PACKAGE_IMAGES; do
        package_image "$image"
    done
    jdk_image 25
    standing_before=$(standing)
    export FORKWITNESS_CONTAINERS=on
    # Its helper container would have to come from a registry; check_containers sees what it would remove.
    export TESTCONTAINERS_RYUK_DISABLED=true
    export TESTCONTAINERS_HOST_OVERRIDE=localhost
}

# have_image NAME HASH: true where the image is there as its recipe would make it today.
have_image() {
    docker image inspect "$IMAGES/$1:$2" >/dev/null 2>&1
}

# use_image NAME HASH: this one is NAME:current, and those of other recipes go.
use_image() {
    docker tag "$IMAGES/$1:$2" "$IMAGES/$1:current"
    docker image ls --format '{{.Repository}}:{{.Tag}}' "$IMAGES/$1" | grep -v -e ":$2\$" -e ':current$' |
        while read -r old; do
            docker image rm "$old" >/dev/null
        done
}

hash_of() {
    sha256sum | cut -c 1-16
}

# The distribution's archives as this machine is set up for them, and no others that it may have besides.
package_sources() {
    apt-get indextargets --format '$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -F '|' -v id="$1" 'tolower($1) == tolower(id) { print $2 }' | sort -u
}

# packages_of NAME: the packages of base.packages and NAME.packages, each after a comma.
packages_of() {
    for package in $(sed 's/#.*//' "$RECIPES/base.packages" "$RECIPES/$1.packages" | sort -u); do
        printf ',%s' "$(package_name "$package")"
    done
}

recipe_of() {
    echo "$(. /etc/os-release && echo "$VERSION_CODENAME") $(packages_of "$1")" | hash_of
}

# package_image NAME: its packages with what they need, and nothing else. No registry is asked.
package_image() {
    recipe=$(recipe_of "$1")
    if ! have_image "$1" "$recipe"; then
        echo "Building the image $1 from this machine's package sources ..."
        mkdir -p build/images
        apt-get update >/dev/null 2>&1 || true
        package_sources "$(. /etc/os-release && echo "$ID")" >build/images/sources.list
        if [ "$1" = base ]; then
            install_root base --variant=minbase
        else
            # What the base has comes from there (mmdebstrap(1), examples), which saves half of the time.
            base=$(docker container create "$IMAGES/base:current" true)
            install_root "$1" --variant=custom \
                --setup-hook="docker export $base | mmtarfilter '--path-exclude=/dev/*' | tar -C \"\$1\" -x"
            docker container rm "$base" >/dev/null
        fi
        docker import "build/images/$1.tar" "$IMAGES/$1:$recipe" >/dev/null
        rm -f "build/images/$1.tar"
    fi
    use_image "$1" "$recipe"
}

# install_root NAME OPTION...: build/images/NAME.tar, a root directory with its packages.
install_root() {
    name=$1
    shift
    mmdebstrap --quiet "$@" --include="$(packages_of "$name" | cut -c 2-)" --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        "build/images/$name.tar" - <build/images/sources.list
}

# jdk_image MAJOR: the base with this machine's JDK of that version; none where it has none.
jdk_image() {
    for release in /usr/lib/jvm/*/release; do
        if grep -q "^JAVA_VERSION=\"$1[\".]" "$release" 2>/dev/null; then
            copy_jdk "jdk$1" "$(readlink -f "${release%/release}")"
            return 0
        fi
    done
    docker image rm "$IMAGES/jdk$1:current" >/dev/null 2>&1 || true
}

# copy_jdk NAME HOME
copy_jdk() {
    dockerfile=$RECIPES/jdk.Dockerfile
    jdk=$( (recipe_of base && cat "$dockerfile" "$2/release") | hash_of)
    if ! have_image "$1" "$jdk"; then
        echo "Building the image $1 ..."
        context=build/images/$1
        rm -rf "$context"
        mkdir -p "$context/jdk"
        cp "$dockerfile" "$context/Dockerfile"
        # What only developers need stays behind.
        tar -C "$2" --exclude=./lib/src.zip --exclude=./jmods --exclude=./man -c . | tar -C "$context/jdk" -x
        DOCKER_BUILDKIT=0 docker build --quiet --network none --tag "$IMAGES/$1:$jdk" "$context" >/dev/null 2>&1
        rm -rf "$context"
    fi
    use_image "$1" "$jdk"
}

# What there is: in our engine all; in another one, where others work too, what bears the label of these tests.
standing() {
    only=
    [ -n "$engine_pid" ] || only='--filter=label=org.testcontainers=true'
    docker container ls --all $only --format 'container {{.ID}} {{.Image}} {{.Names}}'
    docker volume ls $only --format 'volume {{.Name}}'
    docker image ls --all $only --format 'image {{.ID}} {{.Repository}}:{{.Tag}}'
}

check_containers() {
    left=$(standing)
    if [ -n "$standing_before" ]; then
        left=$(echo "$left" | grep -v -x -F -e "$standing_before" || true)
    fi
    if [ -n "$left" ]; then
        printf '%s: left behind in the container engine:\n%s\n' "${0##*/}" "$left" >&2
        return 1
    fi
}

# A process of the engine's may outlive it, and a mount that process: nothing of either is to be left.
stop_engine() {
    [ -n "$engine_pid" ] || return 0
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    engine_pid=
    # dockerd mounts its data root on itself, and leaves that where / is not the top of a file system, as a Btrfs
    # subvolume is not (moby, daemon/daemon_linux.go, shouldUnmountRoot). A disk of its own there is the machine's.
    if mountpoint -q "$ENGINE_CACHE/docker" &&
        [ "$(stat -c %d "$ENGINE_CACHE/docker")" = "$(stat -c %d "$ENGINE_CACHE")" ]; then
        umount "$ENGINE_CACHE/docker" || true
    fi
    status=0
    for process in /proc/[0-9]*; do
        command=$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null || true)
        case $command in
        *"$ENGINE_RUN/"* | *"$ENGINE_CACHE/docker"*)
            echo "${0##*/}: left behind: process ${process#/proc/}: $command" >&2
            status=1
            ;;
        esac
    done
    if grep -F -e " $ENGINE_RUN/" -e " $ENGINE_CACHE/" /proc/self/mounts >&2; then
        echo "${0##*/}: left behind: these mounts" >&2
        status=1
    fi
    if [ $status -eq 0 ]; then
        rm -rf "$ENGINE_RUN"
    fi
    exec 9>&-
    return $status
}
