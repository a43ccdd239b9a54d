/* Regions: stdio calls that hold a FILE's lock or the list of all of them, perhaps for as long as a read or a write
 * takes. */
#include "region.h"

#include <stdarg.h>
#include <stdio.h>

FW_REGION(FILE *, fopen, (const char *path, const char *mode), (path, mode))
FW_REGION_UNDECLARED(FILE *, fopen64, (const char *path, const char *mode), (path, mode))
FW_REGION(FILE *, fdopen, (int fd, const char *mode), (fd, mode))
FW_REGION(FILE *, freopen, (const char *path, const char *mode, FILE *file), (path, mode, file))
FW_REGION_UNDECLARED(FILE *, freopen64, (const char *path, const char *mode, FILE *file), (path, mode, file))
FW_REGION(int, fclose, (FILE * file), (file))
FW_REGION(int, fflush, (FILE * file), (file))
FW_REGION(int, fseek, (FILE * file, long offset, int whence), (file, offset, whence))
FW_REGION(int, fseeko, (FILE * file, off_t offset, int whence), (file, offset, whence))
FW_REGION_UNDECLARED(int, fseeko64, (FILE * file, off_t offset, int whence), (file, offset, whence))
FW_REGION(void, rewind, (FILE * file), (file))

FW_REGION(size_t, fread, (void *items, size_t size, size_t count, FILE *file), (items, size, count, file))
FW_REGION_UNDECLARED(size_t, __fread_chk, (void *items, size_t room, size_t size, size_t count, FILE *file),
                     (items, room, size, count, file))
FW_QUICK_REGION(int, fgetc, (FILE * file), (file))
FW_QUICK_REGION(int, getc, (FILE * file), (file))
FW_QUICK_REGION_UNDECLARED(int, _IO_getc, (FILE * file), (file))
FW_QUICK_REGION(int, getchar, (void), ())
FW_REGION(char *, fgets, (char *text, int size, FILE *file), (text, size, file))
FW_REGION_UNDECLARED(char *, __fgets_chk, (char *text, size_t room, int size, FILE *file), (text, room, size, file))
FW_QUICK_REGION(int, ungetc, (int character, FILE *file), (character, file))
FW_REGION(ssize_t, getline, (char **line, size_t *size, FILE *file), (line, size, file))
FW_REGION(ssize_t, getdelim, (char **line, size_t *size, int delimiter, FILE *file), (line, size, delimiter, file))
FW_REGION_UNDECLARED(ssize_t, __getdelim, (char **line, size_t *size, int delimiter, FILE *file),
                     (line, size, delimiter, file))

FW_REGION(size_t, fwrite, (const void *items, size_t size, size_t count, FILE *file), (items, size, count, file))
FW_QUICK_REGION(int, fputc, (int character, FILE *file), (character, file))
FW_QUICK_REGION(int, putc, (int character, FILE *file), (character, file))
FW_QUICK_REGION_UNDECLARED(int, _IO_putc, (int character, FILE *file), (character, file))
FW_QUICK_REGION(int, putchar, (int character), (character))
FW_REGION(int, fputs, (const char *text, FILE *file), (text, file))
FW_REGION(int, puts, (const char *text), (text))
FW_REGION(void, perror, (const char *text), (text))

FW_REGION(int, vprintf, (const char *format, va_list arguments), (format, arguments))
FW_REGION(int, vfprintf, (FILE * file, const char *format, va_list arguments), (file, format, arguments))
FW_REGION_UNDECLARED(int, __vprintf_chk, (int flag, const char *format, va_list arguments), (flag, format, arguments))
FW_REGION_UNDECLARED(int, __vfprintf_chk, (FILE * file, int flag, const char *format, va_list arguments),
                     (file, flag, format, arguments))
FW_REGION(int, vscanf, (const char *format, va_list arguments), (format, arguments))
FW_REGION(int, vfscanf, (FILE * file, const char *format, va_list arguments), (file, format, arguments))
FW_REGION_UNDECLARED(int, __isoc99_vscanf, (const char *format, va_list arguments), (format, arguments))
FW_REGION_UNDECLARED(int, __isoc99_vfscanf, (FILE * file, const char *format, va_list arguments),
                     (file, format, arguments))
FW_REGION_UNDECLARED(int, __isoc23_vscanf, (const char *format, va_list arguments), (format, arguments))
FW_REGION_UNDECLARED(int, __isoc23_vfscanf, (FILE * file, const char *format, va_list arguments),
                     (file, format, arguments))

/* The rest passes its arguments to the form that takes a va_list, as the C library does. fw_functions_init looks that
 * both come from there. */
#define VARIADIC(name, list_form, parameters, last, ...)                                                               \
    FW_HIDDEN int fw_hook_##name parameters;                                                                           \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        FW_INSIDE(name);                                                                                               \
        va_list arguments;                                                                                             \
        va_start(arguments, last);                                                                                     \
        int result = FW_PASS(list_form)(__VA_ARGS__, arguments);                                                       \
        va_end(arguments);                                                                                             \
        return result;                                                                                                 \
    }

VARIADIC(printf, vfprintf, (const char *format, ...), format, stdout, format)
VARIADIC(fprintf, vfprintf, (FILE * file, const char *format, ...), format, file, format)
VARIADIC(__printf_chk, __vfprintf_chk, (int flag, const char *format, ...), format, stdout, flag, format)
VARIADIC(__fprintf_chk, __vfprintf_chk, (FILE * file, int flag, const char *format, ...), format, file, flag, format)
VARIADIC(scanf, vfscanf, (const char *format, ...), format, stdin, format)
VARIADIC(fscanf, vfscanf, (FILE * file, const char *format, ...), format, file, format)
VARIADIC(__isoc99_scanf, __isoc99_vfscanf, (const char *format, ...), format, stdin, format)
VARIADIC(__isoc99_fscanf, __isoc99_vfscanf, (FILE * file, const char *format, ...), format, file, format)
VARIADIC(__isoc23_scanf, __isoc23_vfscanf, (const char *format, ...), format, stdin, format)
VARIADIC(__isoc23_fscanf, __isoc23_vfscanf, (FILE * file, const char *format, ...), format, file, format)

FW_SAME_TYPE(printf)
FW_SAME_TYPE(fprintf)
FW_SAME_TYPE(scanf)
FW_SAME_TYPE(fscanf)
