// A team of threads on the CPU, by default of one. Results do not depend on how many there are.

#pragma once

#include "isospike/dialect.h"

#if defined(__clang__)
#define ISOSPIKE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ISOSPIKE_INDEPENDENT _Pragma("GCC ivdep")
#endif

// A loop over this thread's share of n elements, none of which reads what another one writes.
#define ISOSPIKE_EACH(i, n) \
  ISOSPIKE_INDEPENDENT      \
  for (int32_t i = team.begin(n), i##_end = team.end(n); i < i##_end; ++i)

// A loop that every thread runs whole.
#define ISOSPIKE_ALL(i, n) \
  ISOSPIKE_INDEPENDENT     \
  for (int32_t i = 0; i < (n); ++i)

#if defined(ISOSPIKE_THREADS)
#include <pthread.h>
#include <sched.h>
#endif

namespace isospike {

constexpr int32_t kMostThreads = 256;

struct Shared {
  int32_t arrived, turn, failure;
  int32_t parts[kMostThreads];
};

struct Team {
  int32_t index, size;
  Shared* shared;

  // Whole cache lines of the narrowest type, so that no two threads write to one.
  int32_t begin(int32_t n) const { return size == 1 ? 0 : int32_t(int64_t(n) * index / size) & ~63; }
  int32_t end(int32_t n) const { return index + 1 == size ? n : int32_t(int64_t(n) * (index + 1) / size) & ~63; }
  bool leads() const { return index == 0; }

  // Waits for the others; what each has written before is seen by all after.
  void sync() const {
#if defined(ISOSPIKE_THREADS)
    const int32_t turn = __atomic_load_n(&shared->turn, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&shared->arrived, 1, __ATOMIC_ACQ_REL) == size) {
      __atomic_store_n(&shared->arrived, 0, __ATOMIC_RELAXED);
      __atomic_store_n(&shared->turn, turn + 1, __ATOMIC_RELEASE);
      return;
    }
    for (int32_t waited = 0; __atomic_load_n(&shared->turn, __ATOMIC_ACQUIRE) == turn; ++waited) {
      if (waited > 1000) sched_yield();  // the others may be waiting for this processor
    }
#endif
  }

  // The sum of what the threads bring, the same for all.
  int32_t sum(int32_t part) const {
    if (size == 1) return part;
    shared->parts[index] = part;
    sync();
    uint32_t total = 0;
    for (int32_t i = 0; i < size; ++i) total += uint32_t(shared->parts[i]);
    sync();
    return int32_t(total);
  }
  bool any(bool part) const { return sum(part) != 0; }
  bool all(bool part) const { return sum(!part) == 0; }

  void fail(int32_t where) const { __atomic_store_n(&shared->failure, where, __ATOMIC_RELAXED); }
};

// While it lives, results that are no normal numbers are 0: what decays gets there, and arithmetic with denormal
// numbers is up to a hundred times slower. Only in fast numerics.
class Flushing {
#if defined(ISOSPIKE_FLUSH) && defined(__x86_64__)
 public:
  Flushing() : before_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(before_ | 0x8040); }
  ~Flushing() { __builtin_ia32_ldmxcsr(before_); }

 private:
  unsigned before_;
#elif defined(ISOSPIKE_FLUSH) && defined(__aarch64__)
 public:
  Flushing() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"(before_ | (uint64_t(1) << 24)));
  }
  ~Flushing() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  uint64_t before_;
#endif
};

using Program = void (*)(const Team& team, const void* const* in, void* const* out, char* work);

#if defined(ISOSPIKE_THREADS)

struct Call {
  int32_t index;
  const int32_t* size;  // 0 until it is known how many threads there are
  Shared* shared;
  Program program;
  const void* const* in;
  void* const* out;
  char* work;

  static void* run(void* call) {
    const Call& c = *static_cast<const Call*>(call);
    int32_t size;
    while ((size = __atomic_load_n(c.size, __ATOMIC_ACQUIRE)) == 0) sched_yield();
    [[maybe_unused]] const Flushing flushing;
    c.program(Team{c.index, size, c.shared}, c.in, c.out, c.work);
    return nullptr;
  }
};

inline int32_t run_in_team(Program program, const void* const* in, void* const* out, char* work, int32_t n_threads) {
  Shared shared = {};
  Call calls[kMostThreads];
  pthread_t threads[kMostThreads];
  int32_t started = 1, size = 0;
  for (int32_t i = 0; i < n_threads; ++i) calls[i] = {i, &size, &shared, program, in, out, work};
  // Those that the system refuses are not needed: the others share the work.
  while (started < n_threads && pthread_create(&threads[started], nullptr, Call::run, &calls[started]) == 0) ++started;
  __atomic_store_n(&size, started, __ATOMIC_RELEASE);
  Call::run(&calls[0]);
  for (int32_t i = 1; i < started; ++i) pthread_join(threads[i], nullptr);
  return shared.failure;
}

#else

ISOSPIKE_FN int32_t run_in_team(Program program, const void* const* in, void* const* out, char* work, int32_t) {
  Shared shared = {};
  [[maybe_unused]] const Flushing flushing;
  program(Team{0, 1, &shared}, in, out, work);
  return shared.failure;
}

#endif

}  // namespace isospike

// Returns 0, or the number of what has failed.
#define ISOSPIKE_ENTRY(program)                                                                     \
  extern "C" int32_t isospike_run(const void* const* in, void* const* out, char* work, int32_t n) {  \
    return isospike::run_in_team(isospike::program, in, out, work, n);                               \
  }
