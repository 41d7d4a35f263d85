// Of every encoder that is opened, libx265 3.5 leaks what it copies of the settings (1.2 kB), and
// libx264 164 what it has copied for one that refuses to open. The leak sanitizer asks for this.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx264.so\nleak:libx265.so\n";
}
