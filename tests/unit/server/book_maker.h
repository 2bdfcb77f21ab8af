// Workbooks for tests: good ones, and such as nobody's program would write.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dudao::server {

// The parts of the smallest workbook whose first sheet has this document.
std::map<std::string, std::string> BookParts(const std::string& sheet,
                                             const std::string& strings = {});
// A sheet of inline strings.
std::string SheetOf(const std::vector<std::vector<std::string>>& rows);
// A sheet with this inside <sheetData>.
std::string SheetWith(const std::string& rows);
std::string Zipped(const std::map<std::string, std::string>& parts);
std::string BookOf(const std::vector<std::vector<std::string>>& rows);
// The rows of a CSV text without quotes.
std::string BookOfCsv(const std::string& csv);

// Little-endian numbers in the bytes of a file.
uint32_t Number(const std::string& bytes, size_t at, int size);
void SetNumber(std::string& bytes, size_t at, int size, uint32_t value);
// Where the entry of this part begins in the central directory.
size_t EntryOf(const std::string& zip, const std::string& name);

}  // namespace dudao::server
