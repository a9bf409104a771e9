# fish completion for jobctl. Which words may stand where, jobctl itself knows: jobctl complete -- WORD…

function __jobctl_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l current (commandline -ct)
    set -l plain (string unescape -- "$current"; or string trim -l -c '\'"' -- "$current")
    set -l lines ($program complete -- $words[2..] "$plain" 2>/dev/null)
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l value (string replace -- "$option" '' "$current")
    switch "$lines[1]"
        case ':files'
            complete -C "'' $value" | string replace -r '^' -- "$option"
        case ':directories'
            __fish_complete_directories "$value" '' | string replace -r '^' -- "$option"
        case ':command *'
            set -l first (math (string replace ':command ' '' -- $lines[1]) + 2)
            set -l before (string escape -- $words[$first..])
            complete -C "$(string join ' ' -- $before $current)"
        case '*'
            string join -- \n $lines
    end
end

complete -c jobctl -f -k -a '(__jobctl_complete)'
