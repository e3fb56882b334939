# What the preset `asan`, and others with STARGATE_JOIN_SOURCES=1 (.ci/run), compile by themselves while
# they join a room's other sources, some at a time, to parse their headers once (CMAKE_UNITY_BUILD):
# sources with private names that another of their room has too. A new clash is an error of the
# compiler; add the file here. The two of the core that may call others are known by their names.

foreach(target IN ITEMS
    stargate_agreement stargate_agreement_tests stargate_bench stargate_cli stargate_event
    stargate_explain_tests
    stargate_end_to_end_tests stargate_sim stargate_world)
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endif()
endforeach()

set_source_files_properties(
  src/base/check.cpp
  src/core/sha256.cpp
  src/core/snapshot_test.cpp
  src/core/windows_test.cpp
  src/executor/inventory.cpp
  src/explain/text.cpp
  src/http/server_stop_test.cpp
  src/http/server_stream_test.cpp
  src/http/server_tls_test.cpp
  src/http/sse.cpp
  src/ledger/sqlite_ledger.cpp
  src/server/approvals.cpp
  src/server/job_explanation.cpp
  src/server/control_plane.cpp
  src/server/job_log.cpp
  src/server/job_spec.cpp
  src/server/json_view.cpp
  src/server/market_view.cpp
  src/server/offer_routes.cpp
  src/server/outages.cpp
  src/server/plane.cpp
  src/server/propose_routes.cpp
  src/server/schema.cpp
  src/server/store.cpp
  src/server/tables.cpp
  src/server/tell.cpp
  src/server/told.cpp
  src/sim/plain_stops_test.cpp
  src/sim/replay_test.cpp
  src/sim/world_report_test.cpp
  src/sim/world_tally_test.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
