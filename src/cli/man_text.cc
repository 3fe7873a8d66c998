#include "cli/man_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.h"

namespace vinet::cli {
namespace {

/// Text for roff: hyphens as they are typed, no line that looks like a request.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`' || c == '^' || c == '~') {
      out += c == '`' ? "\\(ga" : c == '^' ? "\\(ha" : "\\(ti";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return text;
}

std::string head(const std::string& page) {
  return fmt::format(".TH {} 1 \"\" \"vinet {}\" \"vinet\"\n", roff(capitals(page)), VINET_VERSION);
}

/// Lines as they stand, in a typewriter's face.
std::string verbatim(const std::string& text) {
  std::string body = text;
  while (!body.empty() && body.back() == '\n') {
    body.pop_back();
  }
  return ".nf\n.ft CW\n" + roff(body) + "\n.ft R\n.fi\n";
}

std::string options_text(const CommandInfo& command, bool arguments) {
  std::string text;
  for (const OptionInfo& option : command.options) {
    if (option.argument != arguments) {
      continue;
    }
    std::string term;
    for (const std::string& spelling : option.spellings) {
      term += (term.empty() ? "\\fB" : ", \\fB") + roff(spelling) + "\\fR";
    }
    if (!option.value.empty()) {
      term += " \\fI" + roff(option.value) + "\\fR";
    }
    text += ".TP\n" + term + "\n" + roff(option.help) + "\n";
  }
  return text;
}

/// Paragraphs: empty lines separate them.
std::string paragraphs(const std::string& text) {
  std::string out;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find("\n\n", begin);
    end = end == std::string::npos ? text.size() : end;
    std::string one = text.substr(begin, end - begin);
    while (!one.empty() && one.back() == '\n') {
      one.pop_back();
    }
    if (!one.empty()) {
      out += ".PP\n" + roff(one) + "\n";
    }
    begin = end + 2;
  }
  return out;
}

/// `[OPTIONS] BASE MACHINE`
std::string synopsis(const CommandInfo& command) {
  std::string text = "[\\fIOPTIONS\\fR]";
  for (const OptionInfo& option : command.options) {
    if (!option.argument) continue;
    const std::string name =
        "\\fI" + roff(option.spellings.front()) + "\\fR" + (option.many ? "..." : "");
    text += option.required ? " " + name : " [" + name + "]";
  }
  return text + (command.actions.empty() ? "" : " \\fISUBCOMMAND\\fR");
}

/// Without --help, which is said once.
CommandInfo without_help(CommandInfo command) {
  std::erase_if(command.options, [](const OptionInfo& option) {
    return std::find(option.spellings.begin(), option.spellings.end(), "--help") !=
           option.spellings.end();
  });
  return command;
}

std::string actions_text(const CommandInfo& verb) {
  std::string text = verb.actions.empty() ? "" : ".SH SUBCOMMANDS\n";
  for (const CommandInfo& one : verb.actions) {
    const CommandInfo action = without_help(one);
    text += fmt::format(".SS \"vinet {} {}\"\n{}\n.PP\n{}.\n", roff(verb.name), roff(action.name),
                        synopsis(action), roff(action.help));
    text += options_text(action, true) + options_text(action, false) + paragraphs(action.text);
  }
  return text;
}

std::string exit_codes() {
  const std::string table = kExitCodeHelp;
  return ".SH EXIT STATUS\n" + verbatim(table.substr(table.find('\n') + 1));
}

std::string examples(const CommandInfo& command) {
  return command.examples.empty() ? "" : ".SH EXAMPLES\n" + verbatim(command.examples);
}

}  // namespace

std::string man_of_program(const CommandInfo& program, const std::vector<CommandInfo>& verbs) {
  std::string text = head("vinet");
  text += ".SH NAME\nvinet \\- a hypervisor for internets\n";
  text += ".SH SYNOPSIS\n.B vinet\n[\\fIOPTIONS\\fR] \\fIVERB\\fR [\\fIARGUMENTS\\fR]\n";
  text +=
      ".SH DESCRIPTION\nvinet gives programs an internet that is not there: virtual hosts and "
      "routers, joined by virtual links, on one computer or on many.\n";
  text += ".SH OPTIONS\n" + options_text(program, false);
  text += ".SH VERBS\n";
  for (const CommandInfo& verb : verbs) {
    text += fmt::format(".TP\n\\fB{}\\fR\n{}", roff(verb.name), roff(verb.help));
    text +=
        verb.name == "help" ? "\n" : fmt::format(": see\n.BR vinet\\-{} (1)\n", roff(verb.name));
  }
  return text + exit_codes() + examples(program);
}

std::string man_of_verb(const CommandInfo& verb, const CommandInfo& program) {
  std::string text = head("vinet-" + verb.name);
  text += fmt::format(".SH NAME\nvinet\\-{} \\- {}\n", roff(verb.name), roff(verb.help));
  text += fmt::format(".SH SYNOPSIS\n.B vinet {}\n{}", roff(verb.name), synopsis(verb));
  text += "\n.SH DESCRIPTION\n" + paragraphs(verb.text);
  if (const std::string arguments = options_text(verb, true); !arguments.empty()) {
    text += ".SH ARGUMENTS\n" + arguments;
  }
  text += actions_text(verb);
  text += ".SH OPTIONS\n" + options_text(verb, false) + options_text(without_help(program), false);
  return text + exit_codes() + examples(verb) + ".SH SEE ALSO\n.BR vinet (1)\n";
}

}  // namespace vinet::cli
