#include "running_plane.h"

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stargate::end_to_end {
namespace {

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(bytes, size * count);
  return size * count;
}

}  // namespace

RunningPlane::RunningPlane(const std::string& data_folder) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    execl(STARGATE_BINARY, STARGATE_BINARY, "up", "--data", data_folder.c_str(), "--listen",
          "127.0.0.1:0", "--simulated-speed", "1000000", nullptr);
    _exit(127);
  }
  close(out[1]);
  const std::string wanted = "listening on ";
  std::string text;
  char byte;
  while (text.empty() || text.back() != '\n' || text.find(wanted) == std::string::npos) {
    if (read(out[0], &byte, 1) != 1) break;
    text += byte;
  }
  out_ = out[0];
  const std::size_t start = text.find(wanted);
  if (start == std::string::npos)
    throw std::runtime_error("the control plane did not start: " + text);
  address_ = text.substr(start + wanted.size());
  address_.pop_back();
  std::ifstream(data_folder + "/admin.token") >> token_;
}

RunningPlane::~RunningPlane() {
  kill();
  close(out_);
}

void RunningPlane::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int RunningPlane::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Reply RunningPlane::request(const char* method, const std::string& path, const std::string& body,
                            const std::string& key) const {
  // One a thread, so that a thread's requests share its connection.
  thread_local const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(),
                                                                   curl_easy_cleanup);
  CURL* const curl = handle.get();
  curl_easy_reset(curl);
  Reply reply;
  curl_slist* headers = nullptr;
  headers = curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
  headers = curl_slist_append(headers, "Content-Type: application/json");
  if (!key.empty()) headers = curl_slist_append(headers, ("Idempotency-Key: " + key).c_str());
  curl_easy_setopt(curl, CURLOPT_URL, (address_ + path).c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.text);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  if (curl_easy_perform(curl) == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
  }
  curl_slist_free_all(headers);
  return reply;
}

}  // namespace stargate::end_to_end
