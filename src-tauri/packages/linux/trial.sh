#!/bin/sh
# What `cargo xtask package --test` does with the package, inside a Debian that has nothing else:
#   trial.sh install      apt installs it and what it depends on
#   trial.sh use VERSION  it is run, upgraded to VERSION while it runs, handed over and started by its socket
#   trial.sh remove       apt removes it, and nothing of it is left
set -eu

bridge=127.0.0.1:9998
supervisor=127.0.0.1:9999

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# Waits until the command succeeds. There is a limit, so that nobody waits for what never comes.
until_so() {
    tries=600
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "it never came true: $*"
        sleep 0.1
    done
}

as_user() { setpriv --reuid=tester --regid=tester --clear-groups --inh-caps=-all env HOME=/home/tester XDG_RUNTIME_DIR=/tmp/runtime "$@"; }

proven() { curl --silent --fail "http://$bridge/healthz" && curl --silent --fail "http://$supervisor/healthz"; }
free() { ! ss --no-header --listening --tcp --numeric | grep -q -e ':9998 ' -e ':9999 '; }
runs() { as_user xswarm status --json | jq --raw-output .pid; }
ended() { ! kill -0 "$1"; }

# Says how often nobody answered while a port had to be answered all the time.
knock() {
    misses=0
    while [ ! -e /tmp/enough ]; do
        curl --silent --output /dev/null "http://$bridge/healthz" || misses=$((misses + 1))
    done
    echo "$misses" >/tmp/misses
}

installs() {
    step "The package is installed with what it depends on"
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends /root/first.deb >/dev/null
    dpkg --listfiles xswarm-voice >/root/package-files
    for program in xswarm-voice xswarm; do
        if ldd "/usr/bin/$program" | grep 'not found'; then fail "$program lacks libraries"; fi
        "/usr/bin/$program" --version
    done
    while read -r file; do
        owner=$(stat --format %U:%G "$file")
        [ "$owner" = root:root ] || fail "$file belongs to $owner"
        [ -d "$file" ] || [ "$(stat --format %A "$file" | cut -c 6,9)" = -- ] || fail "others may write $file"
    done </root/package-files
}

desktop_finds_it() {
    step "The desktop, shells, the manual and the service manager find it"
    desktop-file-validate /usr/share/applications/xswarm-voice.desktop
    appstreamcli validate --no-net /usr/share/metainfo/dev.xswarm.voice.metainfo.xml
    for size in 16x16 24x24 32x32 48x48 64x64 128x128 256x256 512x512; do
        [ -s "/usr/share/icons/hicolor/$size/apps/xswarm-voice.png" ] || fail "no icon of $size"
    done
    [ -s /usr/share/icons/hicolor/scalable/apps/xswarm-voice.svg ] || fail "no icon that scales"
    for page in xswarm-voice xswarm xswarm-serve xswarm-free; do
        # A minimal Debian leaves manuals out on purpose, so they are looked for in the package.
        dpkg --fsys-tarfile /root/first.deb | tar --extract --to-stdout --wildcards "*/man1/$page.1.gz" | gzip -d >"/tmp/$page.1"
        grep -q '^\.SH' "/tmp/$page.1" || fail "no manual page $page"
    done
    bash -c '. /usr/share/bash-completion/bash_completion; . /usr/share/bash-completion/completions/xswarm
        COMP_WORDS=(xswarm sta) COMP_CWORD=1; _xswarm xswarm sta xswarm; [ "${COMPREPLY[*]}" = status ]' || fail "bash completes nothing"
    mkdir -p /tmp/verify
    # Its pages are not on this disk, for the same reason.
    out=$(XDG_RUNTIME_DIR=/tmp/verify systemd-analyze --user --man=no verify /usr/lib/systemd/user/xswarm-voice.service /usr/lib/systemd/user/xswarm-voice.socket 2>&1)
    [ -z "$out" ] || fail "$out"
}

starts() {
    step "The app starts on a screen, and both ports are proven"
    as_user Xvfb :7 -screen 0 1280x800x24 -nolisten tcp >/tmp/xvfb.log 2>&1 &
    until_so [ -S /tmp/.X11-unix/X7 ]
    export DISPLAY=:7
    as_user dbus-run-session -- xswarm-voice >/tmp/app.log 2>&1 &
    until_so proven
    # The window carries the name by which desktops find its entry.
    until_so sh -c 'xwininfo -root -tree | grep -q "\"xSwarm Voice\".*\"xswarm-voice\""'
    app=$(runs)
    echo "It runs as process $app, with a window."
}

upgrades() {
    step "It is upgraded to $1 while it runs, and goes on answering"
    rm -f /tmp/enough
    knock &
    knocking=$!
    apt-get install -qq --yes --no-install-recommends /root/later.deb >/dev/null
    version=$(dpkg-query --show --showformat='${Version}' xswarm-voice)
    [ "$version" = "$1" ] || fail "$version is installed"
    [ "$(runs)" = "$app" ] || fail "the app did not go on"
    proven >/dev/null || fail "the ports are not proven any more"
}

takes_over() {
    step "The upgraded program takes over from the running app, and nobody is refused"
    as_user xswarm serve --take-over >/tmp/serve.log 2>&1 &
    until_so ended "$app"
    until_so proven
    [ "$(runs)" != "$app" ] || fail "nobody took over"
    touch /tmp/enough
    wait "$knocking"
    [ "$(cat /tmp/misses)" = 0 ] || fail "$(cat /tmp/misses) connections were refused"
    kill "$(runs)"
    until_so free
}

starts_by_socket() {
    step "A first connection to the socket starts the services, which are proven"
    sockets=$(sed -n 's/^ListenStream=/--listen=/p' /usr/lib/systemd/user/xswarm-voice.socket)
    command=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/user/xswarm-voice.service)
    # Both are lists of words.
    # shellcheck disable=SC2086
    as_user systemd-socket-activate $sockets $command >/tmp/activated.log 2>&1 &
    until_so sh -c 'ss --no-header --listening --tcp --numeric | grep -q ":9999 "'
    ! pgrep --exact xswarm >/dev/null || fail "it runs before anybody came"
    curl --silent --output /dev/null --max-time 30 "http://$supervisor/healthz" || fail "the first one was not answered"
    until_so proven
    kill "$(runs)"
    until_so free
}

uses() {
    ip link set lo up
    useradd --create-home tester
    install -d -o tester -g tester -m 700 /tmp/runtime
    desktop_finds_it
    starts
    upgrades "$1"
    takes_over
    starts_by_socket
}

removes() {
    step "It is removed, and nothing of it is left"
    apt-get purge -qq --yes xswarm-voice >/dev/null
    while read -r file; do
        # Folders may be others' as well.
        [ -d "$file" ] || [ ! -e "$file" ] || fail "$file is left"
    done </root/package-files
    left=$(find / -xdev \( -path /proc -o -path /root -o -path /tmp -o -path /home \) -prune -o -iname '*xswarm*' -print)
    [ -z "$left" ] || fail "left: $left"
}

case "$1" in
    install) installs ;;
    use) uses "$2" ;;
    remove) removes ;;
esac
