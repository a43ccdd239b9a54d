# A container engine with the base images of the container tests. To be sourced by a POSIX shell after packages.sh, in the
# root of the repository.
#
#   start_engine        sees to it that an engine answers; status 1 where none can run here, and $no_engine says why
#   make_images         the base images, and a list of what stands in the engine before the tests
#   check_containers    status 1, with a list, where something was left there by the tests
#   stop_engine         stops the engine, if it is ours

# An engine of ours keeps its images from one run to the next, apart from those of any other.
ENGINE_CACHE=/var/cache/forkwitness
ENGINE_RUN=/run/forkwitness
IMAGES=forkwitness-test

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

# What a run that was killed has left in our engine.
sweep() {
    docker system prune --force --volumes >/dev/null
    docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v "^$IMAGES/\(base\|jdk[0-9]*\):" |
        while read -r image; do
            docker image rm --force "$image" >/dev/null
        done
}

make_images() {
    need_packages mmdebstrap
    base_image
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

# The packages of base.packages with what they need, and nothing else. No registry is asked.
base_image() {
    packages=
    for name in $(sed 's/#.*//' test-images/src/images/base.packages); do
        packages=$packages,$(package_name "$name")
    done
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    base=$(echo "$release $packages" | hash_of)
    if ! have_image base "$base"; then
        echo "Building the image base from this machine's package sources ..."
        mkdir -p build/images
        apt-get update >/dev/null 2>&1 || true
        package_sources "$(. /etc/os-release && echo "$ID")" >build/images/sources.list
        mmdebstrap --quiet --variant=minbase --include="${packages#,}" --dpkgopt='path-exclude=/usr/share/doc/*' \
            --dpkgopt='path-exclude=/usr/share/locale/*' "$release" build/images/base.tar - <build/images/sources.list
        docker import build/images/base.tar "$IMAGES/base:$base" >/dev/null
        rm -f build/images/base.tar
    fi
    use_image base "$base"
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
    recipe=test-images/src/images/jdk.Dockerfile
    jdk=$( (echo "$base" && cat "$recipe" "$2/release") | hash_of)
    if ! have_image "$1" "$jdk"; then
        echo "Building the image $1 ..."
        context=build/images/$1
        rm -rf "$context"
        mkdir -p "$context/jdk"
        cp "$recipe" "$context/Dockerfile"
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
