#if canImport(Glibc)
  import CMalloc

  /// Gives memory that a session used back to the system: glibc keeps what was freed, some ten megabytes a client.
  func giveBackMemory() { malloc_trim(0) }
#else
  func giveBackMemory() {}
#endif
