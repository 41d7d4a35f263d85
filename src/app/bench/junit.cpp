#include <tinyxml2.h>

#include <algorithm>

#include "app/compare/comparison_output.hpp"
#include "base/formatted.hpp"
#include "base/printable.hpp"

namespace rollingdepth {
namespace {

void open_suite(const char* element, const ComparisonFacts& facts, tinyxml2::XMLPrinter& xml) {
  int tests = 0, failures = 0;
  for (const BoundResult& result : facts.bounds) {
    ++tests;
    failures += result.holds ? 0 : 1;
  }
  xml.OpenElement(element);
  xml.PushAttribute("name", "rollingdepth compare");
  xml.PushAttribute("tests", std::max(tests, 1));
  xml.PushAttribute("failures", failures);
  xml.PushAttribute("errors", 0);
  xml.PushAttribute("time", formatted("%.3f", facts.seconds).c_str());
}

void open_case(const std::string& name, const ComparisonFacts& facts, tinyxml2::XMLPrinter& xml) {
  xml.OpenElement("testcase");
  xml.PushAttribute("classname", printable(facts.candidate.name).c_str());
  xml.PushAttribute("name", name.c_str());
}

std::string case_name(const BoundResult& result) {
  const MetricInfo& metric = metric_info(result.bound.metric);
  return std::string(metric.name) +
         (metric.better == Better::kHigher ? " at least " : " at most ") +
         format_metric(result.bound.limit) + (result.frame ? " in every frame" : " over the clip");
}

void add_properties(const ComparisonFacts& facts, tinyxml2::XMLPrinter& xml) {
  const auto add = [&](const std::string& name, const std::string& value) {
    xml.OpenElement("property");
    xml.PushAttribute("name", name.c_str());
    xml.PushAttribute("value", printable(value).c_str());
    xml.CloseElement();
  };
  xml.OpenElement("properties");
  add("reference", facts.reference.name);
  add("candidate", facts.candidate.name);
  for (const MetricInfo& metric : measured_metrics(facts.command)) {
    add(std::string(metric.name), format_metric(facts.comparison.metrics[metric.metric]));
  }
  xml.CloseElement();
}

}  // namespace

std::string junit_xml(const ComparisonFacts& facts) {
  tinyxml2::XMLPrinter xml;
  xml.PushHeader(false, true);
  open_suite("testsuites", facts, xml);
  open_suite("testsuite", facts, xml);
  add_properties(facts, xml);
  if (facts.bounds.empty()) {
    open_case("compared", facts, xml);
    xml.CloseElement();
  }
  for (const BoundResult& result : facts.bounds) {
    open_case(case_name(result), facts, xml);
    if (!result.holds) {
      const std::string line = broken_bound_line(result);
      xml.OpenElement("failure");
      xml.PushAttribute("message", line.c_str());
      xml.PushText(line.c_str());
      xml.CloseElement();
    }
    xml.CloseElement();
  }
  xml.CloseElement();
  xml.CloseElement();
  return xml.CStr();
}

}  // namespace rollingdepth
