# bash completion for punktfunk-host

_punktfunk_host() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "serve pair status devices displays sessions logs probe-compositor recover punktfunk1-host input-test doctor gamepad-test dualsense-test dualshock4-test library openapi version help --help --version" -- "$current")
        return
    fi
    case $previous in
    --level)
        mapfile -t COMPREPLY < <(compgen -W "error warn info debug" -- "$current")
        return
        ;;
    --source)
        mapfile -t COMPREPLY < <(compgen -W "synthetic virtual" -- "$current")
        return
        ;;
    --kind)
        mapfile -t COMPREPLY < <(compgen -W "xbox360 xboxone dualsense dualshock4" -- "$current")
        return
        ;;
    --native-port | --data-port | --port | --mgmt-bind | --mgmt-token | --console-bind | --mgmt-port | --ttl | --fingerprint | \
        --seconds | --frames | --max-sessions | --max-concurrent | --pairing-pin | --idle-timeout-ms | --output | \
        --approve | --deny | --unpair | --release | --launch | --gamestream-bind | --request)
        return
        ;;
    --gamestream)
        [ "${COMP_WORDS[1]}" != pair ] || return
        ;;
    esac
    case ${COMP_WORDS[1]} in
    serve)
        words="--native-port --data-port --open --mgmt-bind --mgmt-token --console-bind --no-console --no-mdns --gamestream --gamestream-bind \
            --gamestream-public --help"
        ;;
    pair) words="--ttl --fingerprint --gamestream --request --mgmt-port --help" ;;
    console-link) words="--port --help" ;;
    status) words="--json --mgmt-port --help" ;;
    devices) words="--approve --deny --unpair --json --mgmt-port --help" ;;
    displays) words="--release --release-all --json --mgmt-port --help" ;;
    sessions) words="--stop --json --mgmt-port --help" ;;
    logs) words="--follow --level --json --mgmt-port --help" ;;
    library) words="--launch --help" ;;
    probe-compositor) words="--all --help" ;;
    recover) words="--help" ;;
    input-test) words="--output --backend --help" ;;
    doctor) words="--help" ;;
    gamepad-test) words="--kind --seconds --help" ;;
    dualsense-test) words="--seconds --help" ;;
    dualshock4-test) words="--seconds --help" ;;
    punktfunk1-host)
        words="--port --data-port --source --seconds --frames --max-sessions --max-concurrent --allow-tofu \
            --pairing-pin --idle-timeout-ms --no-mdns --help"
        ;;
    *) words= ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _punktfunk_host punktfunk-host
