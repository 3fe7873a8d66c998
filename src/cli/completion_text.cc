#include "cli/completion_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vinet::cli {
namespace {

/// 'text' for a shell: bash, zsh and fish agree where there is no backslash.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "'\"'\"'" : std::string(1, c);
  }
  return out + "'";
}

std::vector<std::string> spellings(const CommandInfo& command, bool with_value_only = false) {
  std::vector<std::string> all;
  for (const OptionInfo& option : command.options) {
    if (option.argument || (with_value_only && option.value.empty())) {
      continue;
    }
    all.insert(all.end(), option.spellings.begin(), option.spellings.end());
  }
  return all;
}

std::string names_of(const std::vector<CommandInfo>& verbs) {
  std::vector<std::string> names;
  for (const CommandInfo& verb : verbs) {
    names.push_back(verb.name);
  }
  return fmt::format("{}", fmt::join(names, " "));
}

/// What the arguments of a verb are completed with: words, a kind of names, an ending of files.
struct Sources {
  std::string words;
  std::string names;  ///< as `vinet completion --names` calls them
  std::string ending;
};
Sources sources_of(const std::string& verb, const std::vector<CommandInfo>& verbs) {
  switch (completes(verb)) {
    case Completes::kNothing:
      return {};
    case Completes::kDescriptions:
      return {"", "", "vinet"};
    case Completes::kGraphs:
      return {"", "", "graphml"};
    case Completes::kNames:
      return {"", "all", ""};
    case Completes::kNodes:
      return {"", "nodes", ""};
    case Completes::kInternets:
      return {"", "internets", "vinet"};
    case Completes::kBases:
      return {"", "owners", "vinet"};
    case Completes::kShells:
      return {"bash zsh fish", "", ""};
    case Completes::kVerbs:
      return {names_of(verbs), "", ""};
    case Completes::kFormats:
      return {"dot graphml clab json", "internets", "vinet"};
  }
  return {};
}

/// The `case` in which bash and zsh find what is to be completed behind a verb.
std::string verb_cases(const CommandInfo& program, const std::vector<CommandInfo>& verbs) {
  std::string text;
  for (const CommandInfo& verb : verbs) {
    const Sources sources = sources_of(verb.name, verbs);
    text += fmt::format("    {})\n", verb.name);
    text += fmt::format("      options={}\n",
                        quoted(fmt::format("{} {}", fmt::join(spellings(verb), " "),
                                           fmt::join(spellings(program), " "))));
    text += fmt::format("      values={}\n",
                        quoted(fmt::format(" {} ", fmt::join(spellings(verb, true), " "))));
    text += fmt::format("      words={} names={} ending={} ;;\n", quoted(sources.words),
                        quoted(sources.names), quoted(sources.ending));
  }
  return text;
}

}  // namespace

std::string bash_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs) {
  return fmt::format(
      R"sh(# bash completion of vinet; made by `vinet completion bash`.
_vinet() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local verb='' root=() options={} values='' words={} names='' ending='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      --root) root=(--root "${{COMP_WORDS[i+1]:-}}"); ((i++)) ;;
      -*) ;;
      *) verb=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case $verb in
    '') ;;
{}    *) return ;;
  esac
  COMPREPLY=()
  if [[ $previous == --root ]]; then
    compopt -o dirnames 2>/dev/null
    return
  fi
  if [[ $values == *" $previous "* ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    return
  fi
  [[ -z $names ]] || words+=" $("${{COMP_WORDS[0]}}" "${{root[@]}}" completion --names "$names" 2>/dev/null)"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $ending ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\n'
    COMPREPLY+=($(compgen -f -X "!*.$ending" -- "$current") $(compgen -d -- "$current"))
  fi
}}
complete -F _vinet vinet
)sh",
      quoted(fmt::format("{}", fmt::join(spellings(program), " "))), quoted(names_of(verbs)),
      verb_cases(program, verbs));
}

std::string zsh_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs) {
  std::string helps;
  for (const CommandInfo& verb : verbs) {
    helps += "    " + quoted(verb.name + ":" + verb.help) + "\n";
  }
  return fmt::format(
      R"sh(#compdef vinet
# zsh completion of vinet; made by `vinet completion zsh`.
_vinet() {{
  local current=$words[CURRENT] previous=$words[CURRENT-1] line=("${{words[@]}}")
  local verb='' options={} values='' words='' names='' ending='' i
  local -a root verbs
  verbs=(
{}  )
  for ((i = 2; i < CURRENT; i++)); do
    case $line[i] in
      --root) root=(--root "$line[i+1]"); ((i++)) ;;
      -*) ;;
      *) verb=$line[i]; break ;;
    esac
  done
  case $verb in
    '') ;;
{}    *) return ;;
  esac
  if [[ $previous == --root ]]; then
    _files -/
  elif [[ $values == *" $previous "* ]]; then
    _files
  elif [[ $current == -* ]]; then
    compadd -- ${{=options}}
  elif [[ -z $verb ]]; then
    _describe verb verbs
  else
    [[ -z $names ]] || words+=" $($line[1] $root completion --names $names 2>/dev/null)"
    compadd -- ${{=words}}
    [[ -z $ending ]] || _files -g "*.$ending"
  fi
}}
if [[ $funcstack[1] == _vinet ]]; then
  _vinet "$@"
else
  compdef _vinet vinet
fi
)sh",
      quoted(fmt::format("{}", fmt::join(spellings(program), " "))), helps,
      verb_cases(program, verbs));
}

std::string fish_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs) {
  std::string text = "# fish completion of vinet; made by `vinet completion fish`.\n";
  text += "complete -c vinet -f\n";
  const auto options = [&](const CommandInfo& command, const std::string& condition) {
    for (const OptionInfo& option : command.options) {
      if (option.argument) {
        continue;
      }
      text += "complete -c vinet" + condition;
      for (const std::string& spelling : option.spellings) {
        const bool is_long = spelling.starts_with("--");
        text += (is_long ? " -l " : " -s ") + spelling.substr(is_long ? 2 : 1);
      }
      text += (option.value.empty() ? "" : " -r -F") + (" -d " + quoted(option.help)) + "\n";
    }
  };
  options(program, "");
  for (const CommandInfo& verb : verbs) {
    text += fmt::format("complete -c vinet -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                        quoted(verb.help));
  }
  for (const CommandInfo& verb : verbs) {
    const std::string condition = " -n " + quoted("__fish_seen_subcommand_from " + verb.name);
    options(verb, condition);
    const Sources sources = sources_of(verb.name, verbs);
    if (!sources.words.empty()) {
      text += fmt::format("complete -c vinet{} -a {}\n", condition, quoted(sources.words));
    }
    if (!sources.names.empty()) {
      text += fmt::format("complete -c vinet{} -a '(vinet completion --names {} 2>/dev/null)'\n",
                          condition, sources.names);
    }
    if (!sources.ending.empty()) {
      text += fmt::format("complete -c vinet{} -k -a '(__fish_complete_suffix .{})'\n", condition,
                          sources.ending);
    }
  }
  return text;
}

}  // namespace vinet::cli
