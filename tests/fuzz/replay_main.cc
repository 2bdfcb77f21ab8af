// Replays a folder of inputs through a fuzz target without libFuzzer, so that every build of every
// compiler looks for the crashes that were found once. Each input is also tried cut short and with
// single bits flipped; the changes are the same in each run. Before an input is tried its
// description is kept in "current_input.txt" in the working folder, which therefore names the
// culprit after a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kCutsPerInput = 64;
constexpr std::size_t kFlipsPerInput = 256;

void Try(const Bytes& input, std::string_view description) {
  std::ofstream("current_input.txt", std::ios::trunc) << description << '\n';
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::size_t TryWithVariants(const Bytes& input, const std::string& name) {
  std::size_t tried = 1;
  Try(input, name);
  const std::size_t cut_step = std::max<std::size_t>(1, input.size() / kCutsPerInput);
  for (std::size_t length = 0; length < input.size(); length += cut_step, ++tried) {
    Try(Bytes(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(length)),
        name + " cut to " + std::to_string(length) + " bytes");
  }
  const std::size_t bits = input.size() * 8;
  const std::size_t flip_step = std::max<std::size_t>(1, bits / kFlipsPerInput);
  for (std::size_t bit = 0; bit < bits; bit += flip_step, ++tried) {
    Bytes flipped = input;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    Try(flipped, name + " with bit " + std::to_string(bit) + " flipped");
  }
  return tried;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER-OF-INPUTS\n";
    return 2;
  }
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(argv[1])) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    std::cerr << argv[1] << " holds no inputs; a fuzz target needs at least one seed\n";
    return 1;
  }
  std::sort(files.begin(), files.end());
  std::size_t tried = 0;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    tried += TryWithVariants(Bytes(text.begin(), text.end()), file.filename().string());
  }
  std::cout << tried << " inputs from " << files.size() << " files were survived\n";
  return 0;
}
