# bash completion for jobctl. Which words may stand where, jobctl itself knows: jobctl complete -- WORD…

# Sets `plain` to a word as the shell will read it and `quote` to the quote that it leaves open. A word in which something
# would be expanded stays as it is, and that is told: nothing is run because of a TAB.
_jobctl_unquote() {
  local word=$1
  local harmless=$'^([^\\\\\'"$`|&;()<>~[:space:]]|\\\\.|\'[^\']*\'|"([^"\\\\$`]|\\\\.)*"|\\$\'([^\'\\\\]|\\\\.)*\')*$'
  # What several candidates have in common may end with half of an escaped character.
  [[ $word =~ ^(.*[^\\])?(\\\\)*\\$ ]] && word=${word%\\}
  for quote in '' \' \"; do
    [[ $word$quote =~ $harmless ]] && eval "plain=$word$quote" && return
  done
  quote='' plain=$word
  return 1
}

# Appends a candidate to COMPREPLY, quoted as the cursor's place needs it.
_jobctl_reply() {
  local text=$1
  case $quote in
    \') text=${text//\'/"'\\''"} ;;
    \")
      local special
      for special in \\ \" \$ \`; do text=${text//"$special"/"\\$special"}; done
      ;;
    *) [[ -z $text ]] || printf -v text %q "$text" ;;
  esac
  # Behind a character like the open quote readline doesn't close that.
  [[ -z $quote || $text != *"$quote" ]] || text+=$quote
  COMPREPLY+=("$text")
}

# Sets `lines` to what jobctl answers. mapfile would read a pipe byte by byte.
_jobctl_ask() {
  local - IFS=$'\n'
  set -f
  # shellcheck disable=SC2207
  lines=($("$@" 2>/dev/null))
}

# Sets `matching` to the candidates of `lines` that begin so. Bytes are compared faster than characters.
_jobctl_match() {
  local LC_ALL=C line
  for line in "${lines[@]}"; do
    case $line in "$1"*) matching+=("${line%$'\t'*}") ;; esac
  done
}

_jobctl_command() {
  local first=$1 function
  for function in _comp_command_offset _command_offset; do
    declare -F $function >/dev/null && $function "$first" && return
  done
  if [[ $COMP_CWORD -eq $first && $plain != */* ]]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$plain")
  else
    compopt -o default
  fi
}

# Sets `raw` to the words up to the cursor as they were typed, `first` to where they begin in COMP_WORDS, and `piece` to the
# last one of COMP_WORDS. bash cuts words also at ':' and '=' (COMP_WORDBREAKS); only blanks part those that jobctl gets.
_jobctl_cut() {
  local line=${COMP_LINE:0:COMP_POINT} rest i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    rest=${line#"${line%%[![:space:]]*}"}
    piece=${COMP_WORDS[i]}
    [[ ${#piece} -le ${#rest} ]] || piece=$rest
    if [[ $i -eq 0 || $rest != "$line" ]]; then
      raw+=("$piece") first+=("$i")
    else
      raw[-1]+=$piece
    fi
    line=${rest#"$piece"}
  done
}

# Sets `lead` to what stands before the part of the word that readline replaces: that behind the last of COMP_WORDBREAKS, or
# behind the open quote.
_jobctl_lead() {
  local typed=${raw[-1]} plain
  if [[ $quote ]]; then
    typed=${typed%"$quote"*}
  elif [[ ${piece//["$COMP_WORDBREAKS"]/} ]]; then
    typed=${typed%"$piece"}
  fi
  local quote
  _jobctl_unquote "$typed"
  lead=$plain
}

_jobctl() {
  local word piece='' plain='' quote='' is_plain='' lead=''
  local -a raw=() first=() words=() lines=() matching=()
  COMPREPLY=()
  _jobctl_cut
  for word in "${raw[@]}"; do
    _jobctl_unquote "$word" && is_plain=1 || is_plain=''
    words+=("$plain")
  done
  _jobctl_ask "${1/#\~\//"$HOME/"}" complete -- "${words[@]:1}"
  case ${lines[0]-} in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames -o filenames ;;
    :command*) _jobctl_command "${first[${lines[0]#:command } + 1]}" ;;
    *$'\t'*)
      [[ $is_plain ]] || return
      _jobctl_lead
      _jobctl_match "$plain"
      for word in "${matching[@]}"; do _jobctl_reply "${word#"$lead"}"; done
      ;;
  esac
}

complete -o nosort -F _jobctl jobctl
