#include "lang/program.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "lang/parser.h"

namespace vinet::lang {
namespace {

/// `a/./b/../c` -> `a/c`.
std::string normal(const std::string& path) {
  std::vector<std::string> parts;
  const bool absolute = path.starts_with('/');
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    const bool goes_back = part == ".." && !parts.empty() && parts.back() != "..";
    if (goes_back) {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  std::string text = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? "/" : "") + parts[i];
  return text;
}

class Loader {
 public:
  Loader(const Reader& read, Diagnostics& diagnostics) : read_(read), diagnostics_(diagnostics) {}

  Program load(Source first) {
    met_.insert(normal(first.name));
    auto file = parse_next(std::move(first));
    if (file) resolve(*file, 0);
    if (file && !failed_) program_.file = std::move(*file);
    return std::move(program_);
  }

 private:
  std::optional<File> parse_next(Source source) {
    bytes_ += source.text.size();
    allowance_.first = program_.sources.add(std::move(source));
    auto file = parse(program_.sources.all().back(), allowance_, diagnostics_);
    failed_ |= !file;
    return file;
  }

  // Puts the statements of included files in the place of `include`. `index`: of the file's source.
  void resolve(File& file, size_t index) {
    const auto is_include = [](const Statement& statement) {
      return std::holds_alternative<Include>(statement.kind);
    };
    if (std::none_of(file.statements.begin(), file.statements.end(), is_include)) return;
    std::vector<Statement> statements;
    for (Statement& statement : file.statements) {
      const auto* include = std::get_if<Include>(&statement.kind);
      if (include == nullptr) {
        statements.push_back(std::move(statement));
        continue;
      }
      std::vector<Statement> inner = take(include->file, index);
      statements.insert(statements.end(), std::make_move_iterator(inner.begin()),
                        std::make_move_iterator(inner.end()));
    }
    file.statements = std::move(statements);
  }

  std::vector<Statement> take(const Expr& included, size_t by) {
    const std::string& written = std::get<Text>(included.kind).value;
    if (written.empty()) return fail(included, "the name of a file is missing");
    const std::string name = included_name(program_.sources.all()[by].name, written);
    if (!met_.insert(name).second) return {};
    const size_t index = program_.sources.all().size();
    if (index >= kMaxFiles) {
      return fail(included, "more than " + std::to_string(kMaxFiles) + " files");
    }
    Result<Source> source = read_(name);
    if (!source) return fail(included, source.error().message);
    if (bytes_ + source->text.size() > kMaxBundleBytes) {
      return fail(included, "with this file there would be more than " +
                                std::to_string(kMaxBundleBytes) + " bytes in all");
    }
    auto file = parse_next(*std::move(source));
    if (!file) return {};
    resolve(*file, index);
    return std::move(file->statements);
  }

  std::vector<Statement> fail(const Expr& included, std::string message) {
    diagnostics_.error(included.span, std::move(message));
    failed_ = true;
    return {};
  }

  const Reader& read_;
  Diagnostics& diagnostics_;
  Program program_;
  Allowance allowance_;
  std::unordered_set<std::string> met_;
  size_t bytes_ = 0;
  bool failed_ = false;
};

}  // namespace

Program load(Source first, const Reader& read, Diagnostics& diagnostics) {
  return Loader(read, diagnostics).load(std::move(first));
}

Reader bundle_reader(const std::vector<Source>& bundle) {
  return [&bundle](const std::string& path) -> Result<Source> {
    for (const Source& source : bundle) {
      if (source.name == path) return source;
    }
    return Error{Errc::kNotFound, "the file " + path + " has not been sent"};
  };
}

std::string included_name(const std::string& includer, const std::string& file) {
  const size_t slash = includer.rfind('/');
  const bool relative = !file.starts_with('/') && slash != std::string::npos;
  return normal(relative ? includer.substr(0, slash + 1) + file : file);
}

}  // namespace vinet::lang
