# fish completion for punktfunk-host

complete -c punktfunk-host -f
complete -c punktfunk-host -n __fish_use_subcommand -a serve -d 'run the host'
complete -c punktfunk-host -n __fish_use_subcommand -a pair -d 'let one device pair with the running host'
complete -c punktfunk-host -n __fish_use_subcommand -a probe-compositor -d 'say whether virtual displays can be made now'
complete -c punktfunk-host -n __fish_use_subcommand -a recover -d 'put the desktop back in order'
complete -c punktfunk-host -n __fish_use_subcommand -a punktfunk1-host -d 'run the punktfunk/1 protocol alone'
complete -c punktfunk-host -n __fish_use_subcommand -a input-test -d 'play some input into this desktop'
complete -c punktfunk-host -n __fish_use_subcommand -a version -d 'show version and features'
complete -c punktfunk-host -l help -s h -d 'show help'

complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l native-port -x -d 'UDP port for clients'
complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l data-port -x -d 'fixed UDP port of the video'
complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l open -d 'let every device in, without pairing'
complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l mgmt-bind -x -d 'address of the management API'
complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l mgmt-token -x -d 'its token for this run'
complete -c punktfunk-host -n '__fish_seen_subcommand_from serve' -l no-mdns -d 'do not announce the host'

complete -c punktfunk-host -n '__fish_seen_subcommand_from pair' -l ttl -x -d 'seconds that the PIN is good'
complete -c punktfunk-host -n '__fish_seen_subcommand_from pair' -l fingerprint -x -d 'only this device may use it'
complete -c punktfunk-host -n '__fish_seen_subcommand_from pair' -l mgmt-port -x -d 'port of the management API'

complete -c punktfunk-host -n '__fish_seen_subcommand_from probe-compositor' -l all -d 'every known compositor'

complete -c punktfunk-host -n '__fish_seen_subcommand_from input-test' -l output -x -d 'play into this output'

complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l port -x -d 'UDP port for clients'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l data-port -x -d 'fixed UDP port of the video'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l source -x -a 'synthetic virtual' -d 'what is streamed'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l seconds -x -d 'length of a session from a display'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l frames -x -d 'length of a session of test frames'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l max-sessions -x -d 'exit after this many connections'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l max-concurrent -x -d 'sessions at once'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l allow-tofu -d 'let unpaired devices in'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l pairing-pin -x -d 'use this PIN'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l idle-timeout-ms -x -d 'silence after which a client is gone'
complete -c punktfunk-host -n '__fish_seen_subcommand_from punktfunk1-host' -l no-mdns -d 'do not announce the host'
