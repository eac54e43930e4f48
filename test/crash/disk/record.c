/*
 * Loaded into a process before its own libraries (LD_PRELOAD): writes down, in their order and with their bytes, all calls that change what
 * lies below GEXLAKE_RECORD_ROOT, and what the process says on standard output, into the file GEXLAKE_RECORD. record.ts reads that.
 * One call at a time, so that the order in the file is the order on the disk. A call that it cannot write down ends the process. With
 * GEXLAKE_RECORD_KILL the process is killed right after so many calls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static const char *root;
static size_t root_length;
/* How many calls are still noted before the process is killed; 0: it is not. */
static long rest;

__attribute__((constructor)) static void start(void) {
  root = getenv("GEXLAKE_RECORD_ROOT");
  const char *to = getenv("GEXLAKE_RECORD");
  if (root == NULL || to == NULL) return;
  root_length = strlen(root);
  rest = atol(getenv("GEXLAKE_RECORD_KILL") ? getenv("GEXLAKE_RECORD_KILL") : "0");
  out = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) abort();
}

static int below(const char *path) {
  return out >= 0 && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

/* The path of an open file; whether it lies below the root. */
static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = out < 0 ? -1 : syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int place_of(int folder, const char *path, char *whole) {
  if (out < 0) return 0;
  if (path[0] == '/' || folder == AT_FDCWD) {
    if (path[0] != '/' || strlen(path) >= PATH_MAX) return 0;
    strcpy(whole, path);
    return below(whole);
  }
  char parent[PATH_MAX];
  if (!path_of(folder, parent)) return 0;
  return snprintf(whole, PATH_MAX, "%s/%s", parent, path) < PATH_MAX;
}

static void note(char kind, uint64_t a, uint64_t b, const char *first, const void *second, size_t second_length) {
  struct __attribute__((packed)) { char kind; uint64_t a, b; uint32_t first, second; } head =
      { kind, a, b, (uint32_t)strlen(first), (uint32_t)second_length };
  struct iovec parts[3] = { { &head, sizeof head }, { (void *)first, head.first }, { (void *)second, second_length } };
  if (syscall(SYS_writev, out, parts, 3) != (ssize_t)(sizeof head + head.first + second_length)) abort();
  if (rest > 0 && --rest == 0) syscall(SYS_kill, getpid(), SIGKILL);
}

static uint64_t inode_of(int fd) {
  struct stat found;
  if (fstat(fd, &found) != 0) abort();
  return found.st_ino;
}

#define ONE_AT_A_TIME(result, act)      \
  do {                                  \
    pthread_mutex_lock(&one);           \
    act;                                \
    int kept = errno;                   \
    pthread_mutex_unlock(&one);         \
    errno = kept;                       \
    return result;                      \
  } while (0)

static int opened(int folder, const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  int fd, is_ours = (flags & (O_CREAT | O_TRUNC)) != 0 && place_of(folder, path, whole);
  ONE_AT_A_TIME(fd, {
    struct stat before;
    int was = is_ours && fstatat(folder, path, &before, 0) == 0;
    fd = syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && is_ours && !was) note('c', inode_of(fd), 0, whole, "", 0);
    if (fd >= 0 && is_ours && was && (flags & O_TRUNC)) note('t', inode_of(fd), 0, whole, "", 0);
  });
}

#define MODE_OF(flags)                                    \
  mode_t mode = 0;                                        \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                  \
    va_list rest;                                         \
    va_start(rest, flags);                                \
    mode = va_arg(rest, mode_t);                          \
    va_end(rest);                                         \
  }

int open(const char *path, int flags, ...) { MODE_OF(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE_OF(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE_OF(flags) return opened(folder, path, flags, mode); }

/* Where the next bytes of an open file go. */
static off_t place_in(int fd) {
  struct stat found;
  if ((fcntl(fd, F_GETFL) & O_APPEND) == 0) return lseek(fd, 0, SEEK_CUR);
  return fstat(fd, &found) == 0 ? found.st_size : -1;
}

static void wrote(int fd, const char *path, off_t at, const struct iovec *parts, int count, ssize_t done) {
  for (int part = 0; part < count && done > 0; part++) {
    size_t length = (ssize_t)parts[part].iov_len < done ? parts[part].iov_len : (size_t)done;
    note('w', inode_of(fd), at, path, parts[part].iov_base, length);
    at += length;
    done -= length;
  }
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t at) {
  char path[PATH_MAX];
  ssize_t done;
  int is_said = fd == 1 && out >= 0, is_ours = !is_said && path_of(fd, path);
  ONE_AT_A_TIME(done, {
    off_t from = at >= 0 ? at : is_ours ? place_in(fd) : 0;
    done = at >= 0 ? syscall(SYS_pwritev, fd, parts, count, (long)at, 0L) : syscall(SYS_writev, fd, parts, count);
    if (is_ours) wrote(fd, path, from, parts, count, done);
    for (int part = 0; is_said && done > 0 && part < count; part++)
      note('a', 0, 0, "", parts[part].iov_base, parts[part].iov_len);
  });
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = { (void *)bytes, length };
  return written(fd, &part, 1, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  struct iovec part = { (void *)bytes, length };
  return written(fd, &part, 1, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return pwrite(fd, bytes, length, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return written(fd, parts, count, at); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return written(fd, parts, count, at); }

int ftruncate(int fd, off_t size) {
  char path[PATH_MAX];
  int done, is_ours = path_of(fd, path);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_ftruncate, fd, size);
    if (done == 0 && is_ours) note('t', inode_of(fd), size, path, "", 0);
  });
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int truncate(const char *path, off_t size) {
  char whole[PATH_MAX];
  struct stat found;
  int done, is_ours = place_of(AT_FDCWD, path, whole);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_truncate, path, size);
    if (done == 0 && is_ours && stat(path, &found) == 0) note('t', found.st_ino, size, whole, "", 0);
  });
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }

static int synced(int fd, long call) {
  char path[PATH_MAX];
  int done, is_ours = path_of(fd, path);
  ONE_AT_A_TIME(done, {
    done = syscall(call, fd);
    if (done == 0 && is_ours) note('s', inode_of(fd), 0, path, "", 0);
  });
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int mkdirat(int folder, const char *path, mode_t mode) {
  char whole[PATH_MAX];
  struct stat found;
  int done, is_ours = place_of(folder, path, whole);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_mkdirat, folder, path, mode);
    if (done == 0 && is_ours && stat(whole, &found) == 0) note('d', found.st_ino, 0, whole, "", 0);
  });
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int unlinkat(int folder, const char *path, int flags) {
  char whole[PATH_MAX];
  int done, is_ours = place_of(folder, path, whole);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_unlinkat, folder, path, flags);
    if (done == 0 && is_ours) note('u', 0, 0, whole, "", 0);
  });
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  int done = unlink(path);
  return done != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : done;
}

int rename(const char *from, const char *to) {
  char whole[PATH_MAX], other[PATH_MAX];
  int done, is_ours = place_of(AT_FDCWD, from, whole) | place_of(AT_FDCWD, to, other);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && is_ours) note('n', 0, 0, from, to, strlen(to));
  });
}

int link(const char *from, const char *to) {
  char whole[PATH_MAX];
  int done, is_ours = place_of(AT_FDCWD, to, whole);
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && is_ours) note('l', 0, 0, from, to, strlen(to));
  });
}

static void refuse(int fd, const char *what) {
  char path[PATH_MAX];
  if (!path_of(fd, path)) return;
  fprintf(stderr, "record.c does not know %s of %s\n", what, path);
  abort();
}

/* A hole in a file, as DuckDB makes them where blocks are free: bytes that are zero. */
int fallocate(int fd, int mode, off_t at, off_t length) {
  char path[PATH_MAX];
  int done, is_ours = path_of(fd, path), is_hole = (mode & FALLOC_FL_PUNCH_HOLE) != 0;
  if (is_ours && !is_hole) refuse(fd, "fallocate");
  ONE_AT_A_TIME(done, {
    done = syscall(SYS_fallocate, fd, mode, at, length);
    if (done == 0 && is_ours) {
      void *zeros = calloc(1, length);
      note('w', inode_of(fd), at, path, zeros, length);
      free(zeros);
    }
  });
}
int fallocate64(int fd, int mode, off64_t at, off64_t length) { return fallocate(fd, mode, at, length); }

void *mmap(void *at, size_t length, int rights, int flags, int fd, off_t from) {
  if (fd >= 0 && (flags & MAP_SHARED) && (rights & PROT_WRITE)) refuse(fd, "writing through memory");
  return (void *)syscall(SYS_mmap, at, length, rights, flags, fd, from);
}
void *mmap64(void *at, size_t length, int rights, int flags, int fd, off64_t from) {
  return mmap(at, length, rights, flags, fd, from);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
  refuse(to, "copy_file_range");
  return syscall(SYS_copy_file_range, from, from_at, to, to_at, length, flags);
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  refuse(to, "sendfile");
  return syscall(SYS_sendfile, to, from, at, length);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) { return sendfile(to, from, at, length); }
