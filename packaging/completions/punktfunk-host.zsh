#compdef punktfunk-host
# zsh completion for punktfunk-host

_punktfunk_host() {
    local state
    _arguments -C '(- *)'{-h,--help}'[show help]' '1: :->command' '*:: :->options'
    case $state in
    command)
        _values command \
            'serve[run the host]' \
            'pair[let one device pair with the running host]' \
            'console-link[show where the password of the web console is chosen]' \
            'status[say what the running host does]' \
            'devices[list paired and waiting devices]' \
            'displays[list virtual displays, or remove kept ones]' \
            'sessions[list connected clients]' \
            'logs[show the running host'\''s log]' \
            'probe-compositor[say whether virtual displays can be made now]' \
            'recover[put the desktop back in order after a host was killed]' \
            'punktfunk1-host[run the punktfunk/1 protocol alone]' \
            'input-test[play some input into this desktop]' \
            'library[list the games of this machine]' \
            'openapi[print the description of the management API]' \
            'doctor[say what is missing on this machine]' \
            'gamepad-test[make a gamepad without a client]' \
            'dualsense-test[make a DualSense without a client]' \
            'dualshock4-test[make a DualShock 4 without a client]' \
            'version[show version and features]'
        return
        ;;
    esac
    case $words[1] in
    serve)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--native-port[UDP port for clients]:value: ' \
            '--data-port[fixed UDP port of the video]:value: ' \
            '--open[let every device in, without pairing]' \
            '--mgmt-bind[address of the management API]:value: ' \
            '--mgmt-token[its token for this run]:value: ' \
            '--console-bind[address of the web console]:value: ' \
            '--no-console[serve no web console]' \
            '--no-mdns[do not announce the host]' \
            '--gamestream[serve Moonlight clients too]' \
            '--gamestream-bind[address of its ports]:value: ' \
            '--gamestream-public[even where the internet reaches it]'
        ;;
    console-link)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--port[of the console]:value: '
        ;;
    pair)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--ttl[seconds that the PIN is good]:value: ' \
            '--fingerprint[only this device may use it]:value: ' \
            '--gamestream[the PIN that Moonlight shows]:value: ' \
            '--request[which of several waiting devices]:value: ' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    status)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--json[print what the host answered, for scripts]' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    devices)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--approve[let this waiting device in]:value: ' \
            '--deny[send this waiting device away]:value: ' \
            '--unpair[remove this device and end its sessions]:value: ' \
            '--json[print what the host answered, for scripts]' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    displays)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--release[remove this display, which nobody uses]:value: ' \
            '--release-all[remove every display that nobody uses]' \
            '--json[print what the host answered, for scripts]' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    sessions)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--stop[end every session]' \
            '--json[print what the host answered, for scripts]' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    logs)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--follow[go on with new lines until Ctrl-C]' \
            '--level[only lines of this weight or more]:value:(error warn info debug)' \
            '--json[print what the host answered, for scripts]' \
            '--mgmt-port[port of the management API]:value: '
        ;;
    library)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--launch[start this title in this desktop]:value: '
        ;;
    probe-compositor)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--all[every known compositor]'
        ;;
    punktfunk1-host)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--port[UDP port for clients]:value: ' \
            '--data-port[fixed UDP port of the video]:value: ' \
            '--source[what is streamed]:value:(synthetic virtual)' \
            '--seconds[length of a session from a display]:value: ' \
            '--frames[length of a session of test frames]:value: ' \
            '--max-sessions[exit after this many connections]:value: ' \
            '--max-concurrent[sessions at once]:value: ' \
            '--allow-tofu[let unpaired devices in]' \
            '--pairing-pin[use this PIN]:value: ' \
            '--idle-timeout-ms[silence after which a client is gone]:value: ' \
            '--no-mdns[do not announce the host]'
        ;;
    input-test)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--output[play into this output]:value: ' \
            '--backend[deliver it so]:value:(wlr libei mutter kwin portal gamescope uinput)'
        ;;
    doctor)
        _arguments '(- *)'{-h,--help}'[show help]'
        ;;
    gamepad-test)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--kind[which gamepad]:value:(xbox360 xboxone dualsense dualshock4)' \
            '--seconds[how long]:value: '
        ;;
    dualsense-test)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--seconds[how long]:value: '
        ;;
    dualshock4-test)
        _arguments '(- *)'{-h,--help}'[show help]' \
            '--seconds[how long]:value: '
        ;;
    esac
}

_punktfunk_host "$@"
