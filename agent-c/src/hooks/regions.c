/* Regions: environment, time zone, random numbers, exit handlers, locale, loader. What glibc's fork does with the lock
 * of each stands in the collector's rules. */
#include "region.h"

#include <iconv.h>
#include <libintl.h>
#include <link.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>
#include <wchar.h>

FW_REGION(int, setenv, (const char *name, const char *value, int overwrite), (name, value, overwrite))
FW_REGION(int, putenv, (char *assignment), (assignment))
FW_REGION(int, unsetenv, (const char *name), (name))
FW_REGION(int, clearenv, (void), ())

FW_REGION(void, tzset, (void), ())
FW_REGION(struct tm *, localtime, (const time_t *time), (time))
FW_REGION(struct tm *, localtime_r, (const time_t *time, struct tm *result), (time, result))
FW_REGION(struct tm *, gmtime, (const time_t *time), (time))
FW_REGION(struct tm *, gmtime_r, (const time_t *time, struct tm *result), (time, result))
FW_REGION(time_t, mktime, (struct tm * time), (time))
FW_REGION_UNDECLARED(time_t, timelocal, (struct tm * time), (time))
FW_REGION(time_t, timegm, (struct tm * time), (time))
FW_REGION(char *, ctime, (const time_t *time), (time))
FW_REGION(char *, ctime_r, (const time_t *time, char *result), (time, result))
FW_REGION(size_t, strftime, (char *text, size_t size, const char *format, const struct tm *time),
          (text, size, format, time))
FW_REGION(size_t, strftime_l, (char *text, size_t size, const char *format, const struct tm *time, locale_t locale),
          (text, size, format, time, locale))
FW_REGION_UNDECLARED(size_t, __strftime_l,
                     (char *text, size_t size, const char *format, const struct tm *time, locale_t locale),
                     (text, size, format, time, locale))
FW_REGION(size_t, wcsftime, (wchar_t * text, size_t size, const wchar_t *format, const struct tm *time),
          (text, size, format, time))
FW_REGION(size_t, wcsftime_l,
          (wchar_t * text, size_t size, const wchar_t *format, const struct tm *time, locale_t locale),
          (text, size, format, time, locale))

FW_QUICK_REGION(long, random, (void), ())
FW_REGION(void, srandom, (unsigned seed), (seed))
FW_REGION(char *, initstate, (unsigned seed, char *state, size_t size), (seed, state, size))
FW_REGION(char *, setstate, (char *state), (state))
FW_QUICK_REGION(int, rand, (void), ())
FW_REGION(void, srand, (unsigned seed), (seed))

FW_REGION(int, atexit, (void (*handler)(void)), (handler))
FW_REGION(int, at_quick_exit, (void (*handler)(void)), (handler))
FW_REGION_UNDECLARED(int, on_exit, (void (*handler)(int, void *), void *argument), (handler, argument))
FW_REGION_UNDECLARED(int, __cxa_atexit, (void (*handler)(void *), void *argument, void *object),
                     (handler, argument, object))
FW_REGION_UNDECLARED(int, __cxa_at_quick_exit, (void (*handler)(void *), void *object), (handler, object))
FW_REGION_UNDECLARED(int, __cxa_thread_atexit_impl, (void (*handler)(void *), void *argument, void *object),
                     (handler, argument, object))

FW_REGION(char *, setlocale, (int category, const char *name), (category, name))
FW_REGION(locale_t, newlocale, (int mask, const char *name, locale_t base), (mask, name, base))
FW_REGION_UNDECLARED(locale_t, __newlocale, (int mask, const char *name, locale_t base), (mask, name, base))
FW_REGION(locale_t, duplocale, (locale_t locale), (locale))
FW_REGION_UNDECLARED(locale_t, __duplocale, (locale_t locale), (locale))
FW_REGION(void, freelocale, (locale_t locale), (locale))
FW_REGION_UNDECLARED(void, __freelocale, (locale_t locale), (locale))
FW_REGION(iconv_t, iconv_open, (const char *to, const char *from), (to, from))
FW_REGION(size_t, iconv, (iconv_t conversion, char **in, size_t *in_left, char **out, size_t *out_left),
          (conversion, in, in_left, out, out_left))
FW_REGION(int, iconv_close, (iconv_t conversion), (conversion))
FW_REGION(char *, gettext, (const char *id), (id))
FW_REGION(char *, dgettext, (const char *domain, const char *id), (domain, id))
FW_REGION_UNDECLARED(char *, __dgettext, (const char *domain, const char *id), (domain, id))
FW_REGION(char *, dcgettext, (const char *domain, const char *id, int category), (domain, id, category))
FW_REGION_UNDECLARED(char *, __dcgettext, (const char *domain, const char *id, int category), (domain, id, category))
FW_REGION(char *, ngettext, (const char *one, const char *many, unsigned long n), (one, many, n))
FW_REGION(char *, dngettext, (const char *domain, const char *one, const char *many, unsigned long n),
          (domain, one, many, n))
FW_REGION(char *, dcngettext, (const char *domain, const char *one, const char *many, unsigned long n, int category),
          (domain, one, many, n, category))
FW_REGION(char *, textdomain, (const char *domain), (domain))
FW_REGION(char *, bindtextdomain, (const char *domain, const char *directory), (domain, directory))
FW_REGION(char *, bind_textdomain_codeset, (const char *domain, const char *codeset), (domain, codeset))

/* Holds the loader's dl_load_write_lock while the callback runs (elf/dl-iteratephdr.c). It shows the namespace of its
 * caller, here the agent's: objects of other namespaces are never patched. */
FW_REGION(int, dl_iterate_phdr, (int (*callback)(struct dl_phdr_info *, size_t, void *), void *argument),
          (callback, argument))
