/* Lets calls fail, or do nothing, as they do on disks of other kinds. Each variable has the number of the error. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static int failure(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : atoi(text);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(code) do { errno = (code); return -1; } while (0)

int link(const char *from, const char *to) {
  int code = failure("DISK_LINK_FAILS");
  if (code != 0) FAIL(code);
  return REAL(link)(from, to);
}

int chmod(const char *path, mode_t mode) {
  int code = failure("DISK_CHMOD_FAILS");
  if (code != 0) FAIL(code);
  return getenv("DISK_CHMOD_DOES_NOTHING") != NULL ? 0 : REAL(chmod)(path, mode);
}

int fchmod(int file, mode_t mode) {
  int code = failure("DISK_CHMOD_FAILS");
  if (code != 0) FAIL(code);
  return getenv("DISK_CHMOD_DOES_NOTHING") != NULL ? 0 : REAL(fchmod)(file, mode);
}

int fsync(int file) {
  int code = failure("DISK_FOLDER_SYNC_FAILS");
  struct stat found;
  if (code != 0 && fstat(file, &found) == 0 && S_ISDIR(found.st_mode)) FAIL(code);
  code = failure("DISK_FILE_SYNC_FAILS");
  if (code != 0 && fstat(file, &found) == 0 && S_ISREG(found.st_mode)) FAIL(code);
  return REAL(fsync)(file);
}
