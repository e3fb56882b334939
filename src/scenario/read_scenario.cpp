#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "agreement/judge.h"
#include "agreement/offers.h"
#include "explain/explain.h"
#include "propose/proposal.h"
#include "scenario/line.h"
#include "scenario/proposal_line.h"
#include "scenario/scenario.h"
#include "world/problem.h"

namespace stargate::scenario {
namespace {

using world::EntryKind;
using world::Position;
using world::Problems;
using world::WorldFile;

/// What the engine can answer to a question, as documented.
std::vector<std::string> answers_to(Question question) {
  using agreement::OfferState;
  using agreement::Standing;
  std::vector<std::string> words;
  switch (question) {
    case Question::kWorkloadAtSupplier:
      for (int i = 0; i <= static_cast<int>(explain::Verdict::kForbidden); ++i) {
        words.emplace_back(explain::name_of(static_cast<explain::Verdict>(i)));
      }
      break;
    case Question::kWorkloadOnOrder:
      return {"permitted", "not_ordered", "needs_offer", "forbidden"};
    case Question::kOffer:
      for (int i = 0; i <= static_cast<int>(OfferState::kConsented); ++i) {
        words.emplace_back(agreement::name_of(static_cast<OfferState>(i)));
      }
      break;
    case Question::kClause:
      words = {"in_force", "not_in_force"};
      for (int i = 0; i <= static_cast<int>(Standing::kBreached); ++i) {
        words.emplace_back(agreement::name_of(static_cast<Standing>(i)));
      }
      break;
    case Question::kUnmet: return {"some", "none"};
    case Question::kProposal: return {"permitted", "needs_offer", "forbidden"};
    case Question::kStage: break;
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// What a question is about.
EntryKind subject_of(Question question) {
  switch (question) {
    case Question::kOffer: return EntryKind::kOffer;
    case Question::kClause: return EntryKind::kClause;
    case Question::kStage: return EntryKind::kStage;
    case Question::kWorkloadAtSupplier:
    case Question::kWorkloadOnOrder:
    case Question::kUnmet:
    case Question::kProposal: break;
  }
  return EntryKind::kWorkload;
}

/// An expectation whose names are not looked up yet.
struct Written {
  Expectation expectation;
  std::uint32_t file = 0;
  Word subject;
  Word place;
  std::vector<Word> clauses;  ///< after `by` and `against`
};

void read_question(LineReader& line, Written& written) {
  const std::string& first = line.peek();
  const auto named = [&](Question question) {
    line.take();
    written.expectation.question = question;
    written.subject = line.take();
  };
  // A workload may be called "offer": then `at` or `on` comes next.
  const bool of_workload = line.peek(1) == "at" || line.peek(1) == "on";
  if (of_workload) {
    written.subject = line.take();
    written.expectation.question =
        line.take().text == "at" ? Question::kWorkloadAtSupplier : Question::kWorkloadOnOrder;
    written.place = line.take();
  } else if (first == "offer") {
    named(Question::kOffer);
    written.expectation.offer = written.subject.text;
  } else if (first == "clause") {
    named(Question::kClause);
  } else if (first == "stage") {
    named(Question::kStage);
  } else if (first == "unmet") {
    named(Question::kUnmet);
  } else {
    line.expected(
        "a question: WORKLOAD at SUPPLIER, WORKLOAD on ORDER, offer ID, clause ID, stage ID or "
        "unmet WORKLOAD");
  }
}

Answer read_answer(LineReader& line, Written& written) {
  Answer answer;
  const Question question = written.expectation.question;
  const Word word = line.take();
  answer.word = word.text;
  if (question == Question::kStage) {
    const bool digits = !word.text.empty() &&
                        std::ranges::all_of(word.text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || !line.take_if("gpus")) {
      line.report(word, "accepted GPUs, as in 216 gpus");
    }
    answer.word += " gpus";
    return answer;
  }
  const std::vector<std::string> known = answers_to(question);
  if (std::ranges::find(known, word.text) == known.end()) {
    line.report(word.text.empty() ? Word{"the end of the line", word.column} : word,
                "one of " + joined(known));
    return answer;
  }
  const bool has_clause = question == Question::kWorkloadAtSupplier ||
                          question == Question::kWorkloadOnOrder || question == Question::kProposal;
  if (has_clause && line.take_if("by")) {
    written.clauses.push_back(line.take());
    answer.by = written.clauses.back().text;
  }
  if (has_clause && line.take_if("against")) {
    written.clauses.push_back(line.take());
    answer.against = written.clauses.back().text;
  }
  if (question == Question::kClause && line.take_if("may_terminate")) answer.may_terminate = true;
  return answer;
}

void read_answers(LineReader& line, Written& written) {
  do {
    written.expectation.answers.push_back(read_answer(line, written));
  } while (!line.failed() && line.take_if("or"));
  if (!line.failed() && !line.at_end()) line.expected("the end of the line, or `or`");
}

void read_expectation(LineReader& line, Written& written) {
  Expectation& expectation = written.expectation;
  expectation.when.at = expectation.when.known = read_date(line);
  if (line.failed()) return;
  if (line.peek() == "known" && line.peek(1) != "at" && line.peek(1) != "on") {
    line.take();
    expectation.when.known = read_date(line);
    if (line.failed()) return;
  }
  read_question(line, written);
  if (line.failed()) return;
  if (!line.take_if(":")) return line.expected("a colon and the answer");
  read_answers(line, written);
}

/// The lines of a scenario file, sorted into what they are.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Scenario read() {
    const WorldFile file = world::read_file(path_);
    problems_.add_file(path_);
    read_lines(file.text);
    if (files_.empty() && !has_world_) {
      problems_.add({0, 1, 1}, "found no world, expected `world FOLDER` or a `--- world` block");
    }
    Scenario scenario;
    scenario.file = path_;
    read_world(scenario);
    resolve(scenario.world);
    problems_.throw_if_any();
    for (Written& written : written_) scenario.expectations.push_back(written.expectation);
    return scenario;
  }

 private:
  struct Block {
    std::string kind;  ///< "world", "assume", "acts"; empty: none is open
    std::uint32_t line = 0;
    std::string text;
  };

  /// A line that proposes.
  struct Proposed {
    ProposalLine line;
    std::uint32_t number = 0;
    std::size_t files = 0;                   ///< blocks of the world and of acts above it
    std::optional<std::size_t> expectation;  ///< of `written_`: what it is answered
  };
  /// What changes the world: a file, a block, or what is proposed.
  struct Assumed {
    std::string path;
    std::optional<WorldFile> text;
    std::optional<Proposed> proposed;
  };

  /// A path of the file, seen from the file's folder.
  std::string beside(const std::string& path) const {
    return (std::filesystem::path(path_).parent_path() / path).lexically_normal().string();
  }

  void read_lines(std::string_view text) {
    Block block;
    std::uint32_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      begin = end + 1;
      ++number;
      if (block.kind.empty()) {
        read_line(line, number, block);
      } else if (line.starts_with("---") && words_of(line).size() == 1) {
        end_block(std::exchange(block, {}));
      } else {
        block.text += std::string(line) + "\n";
      }
    }
    if (block.kind.empty()) return;
    problems_.add({0, block.line, 1},
                  fmt::format("found no end of the {} block, expected a line `---`", block.kind));
  }

  void read_line(std::string_view text, std::uint32_t number, Block& block) {
    LineReader line(text, {0, number, 1}, problems_);
    if (line.at_end() || line.peek().starts_with('#')) return;
    if (line.take_if("---")) {
      const Word kind = line.take();
      if (kind.text != "world" && kind.text != "assume" && kind.text != "acts") {
        line.report(kind.text.empty() ? Word{"the end of the line", kind.column} : kind,
                    "the kind of the block: world, assume or acts");
      }
      // As many lines as come before it, so that positions are those of this file.
      block = {kind.text.empty() ? "unknown" : kind.text, number, std::string(number - 1, '\n')};
      block.text += kind.text == "acts" ? "acts:\n" : "\n";
      return;
    }
    if (line.take_if("world")) {
      if (has_world_) line.report({"a second world", 1}, "one, at the beginning");
      has_world_ = true;
      folder_ = beside(line.take().text);
    } else if (line.take_if("assume")) {
      assume_.push_back({beside(line.take().text), {}, {}});
    } else if (line.take_if("expect")) {
      Written written = written_at(text, number);
      read_expectation(line, written);
      if (!line.failed()) written_.push_back(std::move(written));
      return;
    } else if (line.take_if("propose")) {
      return read_proposal_line(line, written_at(text, number));
    } else {
      return line.expected("world, assume, expect, propose, a block (---) or a comment (#)");
    }
    if (!line.at_end()) line.expected("one path without blanks");
  }

  static Written written_at(std::string_view text, std::uint32_t number) {
    Written written;
    written.expectation.line = number;
    const std::size_t first = text.find_first_not_of(" \t");
    written.expectation.text = text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
    return written;
  }

  void read_proposal_line(LineReader& line, Written written) {
    if (!has_world_) line.report({"a proposal before the world", 1}, "the world first");
    Proposed proposed{read_proposal(line), written.expectation.line, files_.size(), {}};
    if (line.failed()) return;
    if (line.take_if(":")) {
      Expectation& expectation = written.expectation;
      expectation.question = Question::kProposal;
      expectation.when = {proposed.line.wish.at, proposed.line.wish.at};
      read_answers(line, written);
      proposed.expectation = written_.size();
      written_.push_back(std::move(written));
    }
    assume_.push_back({path_, {}, std::move(proposed)});
  }

  void end_block(Block block) {
    if (block.kind == "assume") {
      assume_.push_back({path_, WorldFile{path_, std::move(block.text)}, {}});
    } else if (block.kind == "world" || block.kind == "acts") {
      has_world_ = has_world_ || block.kind == "world";
      files_.push_back({path_, std::move(block.text)});
    }
  }

  void read_world(Scenario& scenario) {
    // What is wrong in the lines is told together with what is wrong in the world.
    try {
      std::vector<WorldFile> files;
      if (!folder_.empty()) files = world::read_folder(folder_);
      files.insert(files.end(), files_.begin(), files_.end());
      std::vector<WorldFile> assume;
      const std::size_t in_folder = files.size() - files_.size();
      for (const Assumed& assumed : assume_) {
        if (assumed.proposed) {
          propose_in({files.begin(), files.begin() + static_cast<std::ptrdiff_t>(
                                                         in_folder + assumed.proposed->files)},
                     *assumed.proposed, assume);
        } else {
          assume.push_back(assumed.text ? *assumed.text : world::read_file(assumed.path));
        }
      }
      if (has_world_) scenario.world = world::read_world_texts(files, assume);
    } catch (const world::WorldError& error) {
      for (const world::Problem& problem : error.problems()) {
        problems_.add({problems_.add_file(problem.file), problem.line, problem.column},
                      problem.message);
      }
      problems_.throw_if_any();
    }
  }

  /// Proposes what the line says in the world of what stands above it, and adds that to `assume`.
  void propose_in(const std::vector<WorldFile>& files, const Proposed& proposed,
                  std::vector<WorldFile>& assume) {
    try {
      const propose::Proposal proposal = propose::propose(files, assume, proposed.line.wish);
      const bool is_forbidden = proposal.verdict == agreement::Verdict::kForbidden;
      if (proposed.expectation) {
        written_[*proposed.expectation].expectation.found =
            Answer{.word = agreement::name_of(proposal.verdict),
                   .by = proposal.clause,
                   .against = proposal.against};
      } else if (is_forbidden) {
        problems_.add(
            {0, proposed.number, 1},
            fmt::format("found a proposal that {} forbids, expected one that may be made, or "
                        "the answer `: forbidden`",
                        proposal.clause));
      }
      if (!is_forbidden) {
        assume.push_back(
            {fmt::format("what is proposed at {}:{}", path_, proposed.number), proposal.yaml});
      }
    } catch (const propose::WishError& error) {
      const std::string_view message = error.what();
      const auto column =
          proposed.line.columns.find(message.substr(0, message.find_first_of(": ")));
      problems_.add(
          {0, proposed.number, column == proposed.line.columns.end() ? 1 : column->second},
          std::string(message));
    }
  }

  /// The number of what the word names; reports where it names no entry of the kind.
  std::uint32_t find(const world::World& world, const Word& word, std::uint32_t line,
                     EntryKind kind) {
    const world::Named* named = world.find(word.text);
    if (named != nullptr && named->kind == kind) return named->number;
    const std::string known = joined(world.names_of(kind));
    problems_.add(
        {0, line, word.column},
        fmt::format("found {}, expected {}{}",
                    word.text.empty() ? "the end of the line" : word.text, world::name_of(kind),
                    known.empty() ? ": the world has none" : ": one of " + known));
    return 0;
  }

  void resolve(const world::World& world) {
    if (!has_world_) return;
    for (Written& written : written_) {
      Expectation& expectation = written.expectation;
      const auto number = [&](const Word& word, EntryKind kind) {
        return find(world, word, expectation.line, kind);
      };
      if (expectation.question != Question::kProposal) {
        expectation.subject = number(written.subject, subject_of(expectation.question));
      }
      if (expectation.question == Question::kWorkloadAtSupplier) {
        expectation.place = number(written.place, EntryKind::kSupplier);
      } else if (expectation.question == Question::kWorkloadOnOrder) {
        expectation.place = number(written.place, EntryKind::kOrder);
      }
      for (const Word& clause : written.clauses) number(clause, EntryKind::kClause);
    }
  }

  std::string path_;
  Problems problems_;
  bool has_world_ = false;
  std::string folder_;
  std::vector<WorldFile> files_;  ///< blocks, which count as files of the world
  std::vector<Assumed> assume_;
  std::vector<Written> written_;
};

}  // namespace

std::string Answer::text() const {
  std::string text = word;
  if (!by.empty()) text += " by " + by;
  if (!against.empty()) text += " against " + against;
  if (may_terminate) text += " may_terminate";
  return text;
}

Scenario read_scenario(const std::string& path) { return Reader(path).read(); }

}  // namespace stargate::scenario
