// Reads the project's data files in tests.
#ifndef DUDAO_TESTS_UNIT_DOMAIN_DATA_FILE_H_
#define DUDAO_TESTS_UNIT_DOMAIN_DATA_FILE_H_

#include <string>

namespace dudao::domain {

// The text of data/<name>; fails the test where it cannot be read.
std::string DataFile(const std::string& name);

}  // namespace dudao::domain

#endif  // DUDAO_TESTS_UNIT_DOMAIN_DATA_FILE_H_
