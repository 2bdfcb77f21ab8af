#include "data_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace dudao::domain {

std::string DataFile(const std::string& name) {
  std::ifstream in(std::string(DUDAO_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace dudao::domain
