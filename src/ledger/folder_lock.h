#pragma once

#include <string>

#include "ledger/ledger.h"

namespace stargate::ledger {

/// Another process holds the folder; the message says which.
class FolderInUse : public LedgerError {
 public:
  using LedgerError::LedgerError;
};

/// Holds FOLDER/ledger.lock, for this process alone, until it is destroyed or the process ends, however
/// it ends. Meanwhile the file holds the process's number; afterwards it is empty.
class FolderLock {
 public:
  /// Makes the folder where there is none. Throws FolderInUse where another process (or object) holds it;
  /// LedgerError where the folder cannot be written.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

/// Makes the names in a folder durable. Throws LedgerError.
void sync_folder(const std::string& folder);

}  // namespace stargate::ledger
