#include "tracks/delimited_text.hpp"

#include <algorithm>

namespace rollingdepth {

bool DelimitedText::next(DelimitedRow& row) {
  while (done_ < text_.size() && (text_[done_] == '\n' || text_[done_] == '\r')) {
    if (text_[done_++] == '\n') ++line_;
  }
  if (done_ == text_.size()) return false;
  row.line = line_;
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == row.fields.size()) row.fields.emplace_back();
    take_field(row.fields[count]);
    if (open_quote_) return false;
    more = done_ < text_.size() && text_[done_] == ',';
    if (more) ++done_;
  }
  row.fields.resize(count);
  return true;
}

// Up to the comma or line break behind it.
void DelimitedText::take_field(std::string& field) {
  field.clear();
  if (done_ < text_.size() && text_[done_] == '"') take_quoted(field);
  const std::size_t end = std::min(text_.find_first_of(",\r\n", done_), text_.size());
  field.append(text_.substr(done_, end - done_));
  done_ = end;
}

void DelimitedText::take_quoted(std::string& field) {
  for (++done_; done_ < text_.size(); ++done_) {
    if (text_[done_] == '\n') ++line_;
    if (text_[done_] == '"') {
      if (text_.substr(done_ + 1, 1) != "\"") {
        ++done_;
        return;
      }
      ++done_;
    }
    field += text_[done_];
  }
  open_quote_ = true;
}

}  // namespace rollingdepth
