#include "nn/cpu/fuse.hpp"

#include <ATen/ops/empty.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nn/cpu/layers.hpp"
#include "nn/cpu/operations.hpp"

namespace rollingdepth::cpu {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

const auto kConvolve = c10::Symbol::fromQualString("rollingdepth_cpu::convolve");
const auto kMultiply = c10::Symbol::fromQualString("rollingdepth_cpu::multiply");
const auto kAttention = c10::Symbol::fromQualString("rollingdepth_cpu::attention");
const auto kGroupNorm = c10::Symbol::fromQualString("rollingdepth_cpu::group_norm");
const auto kGatedGelu = c10::Symbol::fromQualString("rollingdepth_cpu::gated_gelu");

void append_nodes(Block* block, std::vector<Node*>& nodes) {
  for (Node* const node : block->nodes()) {
    nodes.push_back(node);
    for (Block* const inner : node->blocks()) append_nodes(inner, nodes);
  }
}

/// All nodes of a graph, in order, those of inner blocks behind the node that holds them.
std::vector<Node*> nodes_of(Graph& graph) {
  std::vector<Node*> nodes;
  append_nodes(graph.block(), nodes);
  return nodes;
}

bool is(const Node* node, const char* kind) {
  return node->kind() == c10::Symbol::fromQualString(kind);
}

/// A node of `kind` in place of `old`, whose first result it gives. `old` goes with the dead code.
Node* replace(Node* old, c10::Symbol kind, c10::ArrayRef<Value*> inputs) {
  Graph& graph = *old->owningGraph();
  Node* const node = graph.create(kind, inputs, 1);
  node->insertBefore(old);
  node->output()->setType(c10::TensorType::get());
  old->output()->replaceAllUsesWith(node->output());
  return node;
}

template <class Constant>
Value* constant_before(Node* node, Constant&& value) {
  const torch::jit::WithInsertPoint place(node);
  return node->owningGraph()->insertConstant(std::forward<Constant>(value));
}

std::optional<c10::IValue> constant(const Node* node, std::size_t input) {
  return torch::jit::toIValue(node->input(input));
}

/// A layer's weight, or none where it is no constant of `dims` dimensions that has fast operations.
std::optional<at::Tensor> layer_weight(const Node* node, std::int64_t dims) {
  const auto value = constant(node, 1);
  if (!value || !value->isTensor() || value->toTensor().dim() != dims) return std::nullopt;
  if (!has_fast_operations(value->toTensor().scalar_type())) return std::nullopt;
  return value->toTensor();
}

/// A layer's bias, which may be absent; none at all where it is not one number an output: oneDNN
/// reads them side by side.
std::optional<std::optional<at::Tensor>> layer_bias(const Node* node, const at::Tensor& weight) {
  const auto value = constant(node, 2);
  if (!value || !(value->isNone() || value->isTensor())) return std::nullopt;
  if (value->isNone()) return std::optional<at::Tensor>();
  const at::Tensor bias = value->toTensor();
  const bool fits = bias.dim() == 1 && bias.numel() == weight.size(0) &&
                    bias.scalar_type() == weight.scalar_type();
  if (!fits) return std::nullopt;
  return std::optional<at::Tensor>(bias.contiguous());
}

/// A constant number for each axis of a picture; TorchScript also takes one for both.
std::optional<std::vector<std::int64_t>> each_axis(const Node* node, std::size_t input) {
  const auto value = constant(node, input);
  if (!value || !value->isIntList()) return std::nullopt;
  std::vector<std::int64_t> numbers = value->toIntVector();
  if (numbers.size() == 1) numbers.push_back(numbers.front());
  if (numbers.size() != 2) return std::nullopt;
  return numbers;
}

// --- Attributes become constants -----------------------------------------------------------------

/// Whether modules are only asked for attributes, which nothing writes to: not so in a network that
/// changes itself, calls what cannot be inlined or hands a part of it to another thread.
bool only_reads_attributes(const std::shared_ptr<Graph>& graph) {
  const auto is_read_only = [](const Value* module) {
    return std::all_of(module->uses().begin(), module->uses().end(),
                       [](const auto& use) { return is(use.user, "prim::GetAttr"); });
  };
  if (!is_read_only(graph->inputs().at(0))) return false;
  const torch::jit::AliasDb aliases(graph);
  const std::vector<Node*> nodes = nodes_of(*graph);
  return std::all_of(nodes.begin(), nodes.end(), [&](const Node* node) {
    if (!is(node, "prim::GetAttr")) return true;
    const bool is_module = node->output()->type()->kind() == c10::TypeKind::ClassType;
    return is_module ? is_read_only(node->output()) : !aliases.hasWriters(node->output());
  });
}

/// Puts the value of each attribute where it is read. @return whether all could be put there.
bool resolve_attributes(Graph& graph, const torch::jit::Module& module) {
  const std::vector<Node*> nodes = nodes_of(graph);
  std::unordered_map<const Value*, c10::IValue> objects{{graph.inputs().at(0), module._ivalue()}};
  for (Node* const node : nodes) {
    if (!is(node, "prim::GetAttr")) continue;
    const auto owner = objects.find(node->input());
    if (owner == objects.end()) return false;
    const c10::IValue value = owner->second.toObjectRef().getAttr(node->s(torch::jit::attr::name));
    if (value.isObject()) {
      objects.emplace(node->output(), value);
      continue;
    }
    const torch::jit::WithInsertPoint place(node);
    const auto known = torch::jit::tryInsertConstant(
        graph, value.isTensor() ? c10::IValue(value.toTensor().detach()) : value);
    if (!known) return false;
    node->output()->replaceAllUsesWith(*known);
  }
  return true;
}

/// The constants of the method hold the weights now.
void give_up_weights(torch::jit::Module& module) {
  for (torch::jit::Module part : module.modules()) {
    for (const auto& [name, value] : part.named_attributes(/*recurse=*/false)) {
      if (value.isTensor()) part.setattr(name, at::empty({0}));
    }
  }
}

// --- Operators become ours -----------------------------------------------------------------------

/// The exporter writes attention out for processors, as blocks of plain products; its function is
/// replaced as a whole before it is inlined.
void replace_written_out_attention(const torch::jit::Module& module) {
  for (const torch::jit::Module& part : module.modules()) {
    for (const torch::jit::Method& method : part.get_methods()) {
      for (Node* const node : nodes_of(*method.graph())) {
        if (!is(node, "prim::CallFunction") || node->inputs().size() != 4) continue;
        const Node* const function = node->input(0)->node();
        if (!function->hasAttribute(torch::jit::attr::name)) continue;
        if (function->s(torch::jit::attr::name) != "attend_in_blocks") continue;
        const auto tensors = node->inputs().slice(1);
        if (!std::all_of(tensors.begin(), tensors.end(), [](const Value* value) {
              return value->type()->isSubtypeOf(*c10::TensorType::get());
            })) {
          continue;
        }
        replace(node, kAttention, node->inputs().slice(1));
        node->destroy();
      }
    }
  }
}

void replace_attention(Node* node) {
  // query, key, value, mask, dropout, causal, scale, grouped queries.
  const auto none = [&](std::size_t i) { return constant(node, i) && constant(node, i)->isNone(); };
  const auto dropout = constant(node, 4);
  const auto causal = constant(node, 5);
  const auto grouped = constant(node, 7);
  if (!none(3) || !none(6) || !dropout || dropout->toDouble() != 0 || !causal || causal->toBool() ||
      !grouped || grouped->toBool()) {
    return;
  }
  replace(node, kAttention, node->inputs().slice(0, 3));
}

void replace_convolution(Node* node) {
  // input, weight, bias, stride, padding, dilation, groups.
  const auto weight = layer_weight(node, 4);
  if (!weight) return;
  const auto bias = layer_bias(node, *weight);
  const auto stride = each_axis(node, 3);
  const auto padding = each_axis(node, 4);
  const auto dilation = each_axis(node, 5);
  const auto groups = constant(node, 6);
  if (!bias || !stride || !padding || !dilation || !groups) return;
  auto layer = c10::make_intrusive<Convolution>(
      *weight, *bias, Convolution::Settings{*stride, *padding, *dilation, groups->toInt()});
  replace(node, kConvolve,
          {node->input(0), constant_before(node, c10::IValue(std::move(layer))),
           constant_before(node, c10::IValue())});
}

void replace_linear(Node* node) {
  const auto weight = layer_weight(node, 2);
  if (!weight) return;
  const auto bias = layer_bias(node, *weight);
  if (!bias) return;
  auto layer = c10::make_intrusive<Linear>(*weight, *bias);
  replace(node, kMultiply,
          {node->input(0), constant_before(node, c10::IValue(std::move(layer))),
           constant_before(node, c10::IValue())});
}

/// Whether `earlier` can be computed where `later` stands: nothing in between writes to memory.
bool can_move(const Node* earlier, const Node* later) {
  if (earlier->owningBlock() != later->owningBlock()) return false;
  for (const Node* node = earlier->next(); node != later; node = node->next()) {
    const auto* const schema = node->maybeSchema();
    if (!node->blocks().empty() || (schema != nullptr && schema->is_mutable())) return false;
  }
  return true;
}

/// The only user of a value, or null.
Node* only_user(const Value* value) {
  return value->uses().size() == 1 ? value->uses().front().user : nullptr;
}

void replace_group_norm(Node* node) {
  // input, groups, weight, bias, eps, cudnn.
  Node* const next = only_user(node->output());
  const bool silu = next != nullptr && is(next, "aten::silu") && can_move(node, next);
  replace(silu ? next : node, kGroupNorm,
          {node->input(0), node->input(1), node->input(2), node->input(3), node->input(4),
           constant_before(silu ? next : node, silu)});
}

/// value * gelu(gate) of the two halves of one tensor's last dimension.
void replace_gated_gelu(Node* node) {
  if (node->inputs().size() != 2) return;
  const Node* const gelu = node->input(1)->node();
  if (!is(gelu, "aten::gelu")) return;
  const auto kind = constant(gelu, 1);
  const Node* const unpack = gelu->input(0)->node();
  if (!kind || kind->toStringRef() != "none" || !is(unpack, "prim::ListUnpack")) return;
  const Node* const chunk = unpack->input()->node();
  if (!is(chunk, "aten::chunk") || !can_move(chunk, node) ||
      node->input(0) != unpack->outputs()[0] || gelu->input(0) != unpack->outputs().back() ||
      unpack->outputs().size() != 2) {
    return;
  }
  const auto dim = constant(chunk, 2);
  if (!dim || dim->toInt() != -1) return;
  replace(node, kGatedGelu, {chunk->input(0)});
}

/// x + layer(y): the layer adds x to what it writes.
void add_in_layer(Node* node) {
  if (node->inputs().size() != 3) return;  // Of numbers or lists.
  const auto alpha = constant(node, 2);
  if (!alpha || !alpha->isInt() || alpha->toInt() != 1) return;
  for (const std::size_t place : {std::size_t{1}, std::size_t{0}}) {
    Node* const layer = node->input(place)->node();
    if (layer->kind() != kConvolve && layer->kind() != kMultiply) continue;
    if (only_user(layer->output()) != node || !constant(layer, 2) || !can_move(layer, node)) {
      continue;
    }
    Value* const other = node->input(1 - place);
    if (!other->type()->isSubtypeOf(*c10::TensorType::get())) continue;
    replace(node, layer->kind(), {layer->input(0), layer->input(1), other});
    return;
  }
}

using Rewrite = void (*)(Node*);

void rewrite(Graph& graph, const char* kind, Rewrite rule) {
  for (Node* const node : nodes_of(graph)) {
    if (is(node, kind)) rule(node);
  }
  torch::jit::EliminateDeadCode(graph.block());
}

}  // namespace

bool fuse(torch::jit::Module& module, c10::ScalarType dtype) {
  if (!has_fast_operations(dtype)) return false;
  register_operators();
  replace_written_out_attention(module);
  std::shared_ptr<Graph> graph = module.get_method("forward").graph();
  torch::jit::Inline(*graph);
  if (!only_reads_attributes(graph) || !resolve_attributes(*graph, module)) return false;
  torch::jit::ConstantPropagation(graph);
  torch::jit::EliminateDeadCode(graph->block());
  give_up_weights(module);
  rewrite(*graph, "aten::scaled_dot_product_attention", &replace_attention);
  rewrite(*graph, "aten::conv2d", &replace_convolution);
  rewrite(*graph, "aten::linear", &replace_linear);
  rewrite(*graph, "aten::group_norm", &replace_group_norm);
  rewrite(*graph, "aten::mul", &replace_gated_gelu);
  rewrite(*graph, "aten::add", &add_in_layer);
  return true;
}

}  // namespace rollingdepth::cpu
