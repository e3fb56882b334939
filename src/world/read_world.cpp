#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "base/check.h"
#include "world/reader.h"

namespace stargate::world {
namespace {

constexpr std::uintmax_t kFileBytesMax = 256U << 20U;

/// The text of a file; reports what cannot be read.
std::string text_of(const std::string& path, std::uint32_t file, Problems& problems) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    problems.add({file}, "found a folder, expected a file");
    return {};
  }
  const std::uintmax_t size =
      std::filesystem::is_regular_file(status) ? std::filesystem::file_size(path, error) : 0;
  if (size > kFileBytesMax) {
    problems.add({file}, fmt::format("found {} bytes, expected at most {}", size, kFileBytesMax));
    return {};
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    problems.add({file}, fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    return {};
  }
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) problems.add({file}, "cannot be read to its end");
  return text;
}

/// Whether a name ends in .yaml or .yml, in letters of either case.
bool is_yaml_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

std::vector<std::string> files_of(const std::string& folder, Problems& problems) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error);
  if (!error) {
    for (const auto& file : files) {
      const std::string name = file.path().filename().string();
      if (name.starts_with('.')) continue;
      if (!is_yaml_name(name)) continue;
      // Reading a pipe or a device would wait for what nobody writes.
      std::error_code ignored;
      const std::filesystem::file_type type = file.status(ignored).type();
      if (type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::socket ||
          type == std::filesystem::file_type::character) {
        problems.add({problems.add_file(file.path().string())},
                     "found a pipe or a device, expected a file");
        continue;
      }
      names.push_back(file.path().string());
    }
  }
  std::ranges::sort(names);
  if (!error && !names.empty()) return names;
  const std::uint32_t place = problems.add_file(folder);
  problems.add({place}, error ? fmt::format("cannot be read: {}", error.message())
                              : "found no *.yaml file, expected the files of a world");
  return names;
}

/// A text that is read as the file of the number.
struct Source {
  std::uint32_t file = 0;
  std::string text;
};

WorkloadPlan plan_of(const Read<WorkloadEntry>& read, std::uint32_t number) {
  const WorkloadEntry& entry = read.entry;
  WorkloadPlan plan;
  plan.workload = {number};
  plan.title = entry.title;
  plan.tenant = entry.tenant;
  Part part;
  part.gpus = static_cast<std::uint32_t>(entry.gpus);
  part.gpus_per_node = static_cast<std::uint32_t>(entry.node_gpus.value_or(0));
  part.kinds = entry.kinds;
  plan.request.parts = {part};
  if (entry.locality) plan.request.locality = {*entry.locality, true};
  plan.submitted = entry.submitted;
  plan.run_time = entry.run_time;
  plan.repeats = entry.repeats.value_or(1);
  plan.every = entry.every.value_or(Duration{});
  plan.replicas = entry.replicas;
  plan.priority = entry.priority;
  plan.checkpoint_interval = entry.checkpoint_interval;
  plan.at = read.node->at;
  return plan;
}

/// The lab of a tenant, or of the nearest tenant above it that has one.
PartyId lab_of(const std::vector<Read<TenantEntry>>& tenants, TenantId tenant) {
  while (tenant.value != 0) {
    const TenantEntry& entry = tenants[tenant.value - 1].entry;
    if (is_set(entry.lab)) return entry.lab;
    if (entry.parent.value >= tenant.value) break;
    tenant = entry.parent;
  }
  return kNo<PartyId>;
}

/// What the entries' keys say by leaving something out.
void fill_defaults(Entries& entries) {
  for (auto& [node, order, is_read] : entries.orders) {
    const bool is_signed = order.signed_at != kNever;
    const Instant begin = is_signed ? order.signed_at : Instant{INT64_MIN};
    order.from = order.raw_from.value_or(begin);
    order.known = order.raw_known.value_or(begin);
  }
  for (auto& [node, clause, is_read] : entries.clauses) {
    clause.known = clause.raw_known.value_or(clause.from);
    clause.until = clause.raw_until.at;
    clause.until_event = clause.raw_until.event;
  }
  for (auto& [node, workload, is_read] : entries.workloads) {
    if (is_set(workload.tenant)) workload.lab = lab_of(entries.tenants, workload.tenant);
    if (!workload.accelerators.empty()) workload.kinds = 0;
    for (const KindId kind : workload.accelerators) {
      if (kind.value < 64) workload.kinds |= KindMask{1} << kind.value;
    }
    for (const SpeedEntry& speed : workload.raw_speeds) {
      workload.speeds.push_back(
          {speed.accelerator, speed.speed.numerator, speed.speed.denominator});
    }
  }
}

World assemble(const Entries& entries, std::vector<DatedAct> acts, const Registry& registry,
               Places& places) {
  World world;
  const auto define = [&]<class As>(const auto& read, const As*) {
    world.definitions.emplace_back(static_cast<const As&>(read.entry));
    places.push_back(read.node->at);
  };
  const auto define_all = [&]<class As>(const auto& reads, const As* as) {
    for (const auto& read : reads) define(read, as);
  };
  constexpr Clause* kClause = nullptr;
  define_all(entries.assumptions, static_cast<Assumption*>(nullptr));
  define_all(entries.parties, static_cast<Party*>(nullptr));
  define_all(entries.accelerators, static_cast<Accelerator*>(nullptr));
  define_all(entries.sites, static_cast<Site*>(nullptr));
  define_all(entries.data, static_cast<DataSet*>(nullptr));
  define_all(entries.agreements, static_cast<Agreement*>(nullptr));
  const std::size_t before = entries.clauses_before_orders;
  for (std::size_t i = 0; i < before; ++i) define(entries.clauses[i], kClause);
  define_all(entries.orders, static_cast<Order*>(nullptr));
  define_all(entries.stages, static_cast<Stage*>(nullptr));
  for (std::size_t i = before; i < entries.clauses.size(); ++i) define(entries.clauses[i], kClause);
  define_all(entries.workloads, static_cast<Workload*>(nullptr));
  define_all(entries.rankings, static_cast<Ranking*>(nullptr));
  for (const auto& read : entries.workloads) {
    world.plans.push_back(plan_of(read, static_cast<std::uint32_t>(world.plans.size())));
  }
  std::map<std::string, std::uint32_t> cohorts;
  for (const auto& [node, entry, is_read] : entries.tenants) {
    Tenant tenant;
    tenant.name = entry.name;
    tenant.cohort = entry.cohort;
    tenant.at = node->at;
    tenant.spec.tenant = {static_cast<std::uint32_t>(world.tenants.size() + 1)};
    tenant.spec.parent = entry.parent;
    tenant.spec.weight = entry.weight;
    if (!entry.cohort.empty()) {
      const auto number = static_cast<std::uint32_t>(cohorts.size() + 1);
      tenant.spec.cohort = cohorts.emplace(entry.cohort, number).first->second;
    }
    tenant.spec.guaranteed_gpus = static_cast<std::uint64_t>(entry.guaranteed.value_or(0));
    tenant.spec.borrow_gpus_max = static_cast<std::uint64_t>(entry.borrow_limit.value_or(0));
    tenant.lab = lab_of(entries.tenants, tenant.spec.tenant);
    world.tenants.push_back(std::move(tenant));
  }
  world.acts = std::move(acts);
  world.names.insert(registry.all().begin(), registry.all().end());
  return world;
}

World read_sources(const std::vector<Source>& files, const std::vector<Source>& assume_files,
                   Problems& problems) {
  Tree tree;
  std::vector<Node> documents;
  for (const Source& source : files) {
    documents.push_back(parse_document(source.text, source.file, problems));
  }
  std::vector<Node> assumptions;
  for (const Source& source : assume_files) {
    assumptions.push_back(parse_document(source.text, source.file, problems));
  }
  // What is no YAML would leave every reference to it open.
  const auto is_broken = [](const Node& node) { return node.kind == Node::Kind::kBroken; };
  if (std::ranges::any_of(documents, is_broken) || std::ranges::any_of(assumptions, is_broken)) {
    problems.throw_if_any();
  }
  tree.entries.resize(sections().size());
  for (Node& document : documents) {
    add_sections(tree, std::move(document), "a file of a world", problems);
  }
  for (Node& document : assumptions) apply_assumptions(tree, std::move(document), problems);
  Registry registry;
  registry.set_removed(tree.removed);
  Entries entries = read_entries(tree, registry, problems);
  fill_defaults(entries);
  check_entries(entries, problems);
  std::vector<DatedAct> acts = acts_of(entries, problems);
  problems.throw_if_any();
  Places places;
  World world = assemble(entries, std::move(acts), registry, places);
  world.files = problems.files();
  check_book(world, places, problems);
  problems.throw_if_any();
  return world;
}

}  // namespace

const char* name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::kLab: return "a lab";
    case EntryKind::kSupplier: return "a supplier";
    case EntryKind::kCompany: return "a company";
    case EntryKind::kAccelerator: return "an accelerator";
    case EntryKind::kAssumption: return "an assumption";
    case EntryKind::kSite: return "a site";
    case EntryKind::kAgreement: return "an agreement";
    case EntryKind::kClause: return "a clause";
    case EntryKind::kOrder: return "an order";
    case EntryKind::kStage: return "a stage";
    case EntryKind::kData: return "an entry of data";
    case EntryKind::kTenant: return "a tenant";
    case EntryKind::kWorkload: return "a workload";
    case EntryKind::kOffer: return "an offer";
    case EntryKind::kRanking: return "a ranking";
  }
  STARGATE_CHECK(false, "a kind of entry is one of its names");
}

const Named* World::find(std::string_view name) const {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

std::vector<std::string> World::names_of(EntryKind kind) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : names) {
    if (entry.kind == kind) ids.push_back(id);
  }
  return ids;
}

std::string World::place(Position at) const {
  return files[at.file] + ":" + std::to_string(at.line);
}

WorldFile read_file(const std::string& path) {
  Problems problems;
  WorldFile file{path, text_of(path, problems.add_file(path), problems)};
  problems.throw_if_any();
  return file;
}

std::vector<WorldFile> read_folder(const std::string& folder) {
  Problems problems;
  std::vector<WorldFile> files;
  for (const std::string& path : files_of(folder, problems)) {
    files.push_back({path, text_of(path, problems.add_file(path), problems)});
  }
  problems.throw_if_any();
  return files;
}

World read_world(const std::string& folder, const std::vector<std::string>& assume_files) {
  const std::vector<WorldFile> files = read_folder(folder);
  std::vector<WorldFile> assumptions;
  for (const std::string& path : assume_files) assumptions.push_back(read_file(path));
  return read_world_texts(files, assumptions);
}

World read_world_texts(const std::vector<WorldFile>& files,
                       const std::vector<WorldFile>& assume_files) {
  Problems problems;
  std::vector<Source> sources;
  for (const WorldFile& file : files) sources.push_back({problems.add_file(file.name), file.text});
  std::vector<Source> assumptions;
  for (const WorldFile& file : assume_files) {
    assumptions.push_back({problems.add_file(file.name), file.text});
  }
  return read_sources(sources, assumptions, problems);
}

}  // namespace stargate::world
