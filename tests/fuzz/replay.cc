// Runs a fuzz target without a fuzzer, with any compiler: on every file of the given folders, and
// on mutations of them that are the same in every run.
//
//   fuzz_lang_replay MUTATIONS FOLDER...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr uint64_t kSeed = 20030825;

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

std::vector<std::string> read_corpus(const std::vector<std::string>& folders) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// A few small changes: bytes flipped, taken out or doubled, and pieces of other inputs put in.
class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string text = any_input();
    for (size_t changes = 1 + below(6); changes > 0; --changes) change(text);
    return text;
  }

 private:
  size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& any_input() { return corpus_[below(corpus_.size())]; }

  void change(std::string& text) {
    static const std::string kSpecial = "[](){},;:.=-+*/%<>#\"\\\n\t 019azAZ_\x80\xff";
    const size_t at = below(text.size() + 1);
    const size_t length = below(std::min<size_t>(text.size() - at + 1, 24));
    switch (below(6)) {
      case 0:
        text.insert(at, 1, kSpecial[below(kSpecial.size())]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3: {
        const std::string& other = any_input();
        const size_t from = below(other.size() + 1);
        text.insert(at, other.substr(from, below(60)));
        break;
      }
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      default:
        if (at < text.size()) text[at] = kSpecial[below(kSpecial.size())];
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{kSeed};
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: %s MUTATIONS FOLDER...\n", argv[0]);
    return 2;
  }
  const auto corpus = read_corpus({arguments.begin() + 1, arguments.end()});
  if (corpus.empty()) {
    std::fprintf(stderr, "no inputs in %s\n", arguments[1].c_str());
    return 1;
  }
  for (const std::string& text : corpus) run(text);
  const unsigned long mutations = std::strtoul(arguments[0].c_str(), nullptr, 10);
  Mutator mutator(corpus);
  for (unsigned long i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%zu inputs and %lu mutations (seed %llu)\n", corpus.size(), mutations,
              static_cast<unsigned long long>(kSeed));
  return 0;
}
