/* Regions: what asks name services and files under /etc, and the system log. */
#include "region.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <syslog.h>

FW_REGION(int, getaddrinfo,
          (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found),
          (node, service, hints, found))
FW_REGION(int, getnameinfo,
          (const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
           socklen_t service_size, int flags),
          (address, length, host, host_size, service, service_size, flags))

FW_REGION(struct hostent *, gethostbyname, (const char *name), (name))
FW_REGION(struct hostent *, gethostbyname2, (const char *name, int family), (name, family))
FW_REGION(struct hostent *, gethostbyaddr, (const void *address, socklen_t length, int family),
          (address, length, family))
FW_REGION(int, gethostbyname_r,
          (const char *name, struct hostent *entry, char *buffer, size_t size, struct hostent **found, int *error),
          (name, entry, buffer, size, found, error))
FW_REGION(int, gethostbyname2_r,
          (const char *name, int family, struct hostent *entry, char *buffer, size_t size, struct hostent **found,
           int *error),
          (name, family, entry, buffer, size, found, error))
FW_REGION(int, gethostbyaddr_r,
          (const void *address, socklen_t length, int family, struct hostent *entry, char *buffer, size_t size,
           struct hostent **found, int *error),
          (address, length, family, entry, buffer, size, found, error))

FW_REGION(struct servent *, getservbyname, (const char *name, const char *protocol), (name, protocol))
FW_REGION(struct servent *, getservbyport, (int port, const char *protocol), (port, protocol))
FW_REGION(int, getservbyname_r,
          (const char *name, const char *protocol, struct servent *entry, char *buffer, size_t size,
           struct servent **found),
          (name, protocol, entry, buffer, size, found))
FW_REGION(int, getservbyport_r,
          (int port, const char *protocol, struct servent *entry, char *buffer, size_t size, struct servent **found),
          (port, protocol, entry, buffer, size, found))
FW_REGION(struct protoent *, getprotobyname, (const char *name), (name))
FW_REGION(struct protoent *, getprotobynumber, (int number), (number))
FW_REGION_UNDECLARED(int, getprotobyname_r,
                     (const char *name, struct protoent *entry, char *buffer, size_t size, struct protoent **found),
                     (name, entry, buffer, size, found))
FW_REGION_UNDECLARED(int, getprotobynumber_r,
                     (int number, struct protoent *entry, char *buffer, size_t size, struct protoent **found),
                     (number, entry, buffer, size, found))

FW_REGION(struct passwd *, getpwnam, (const char *name), (name))
FW_REGION(struct passwd *, getpwuid, (uid_t id), (id))
FW_REGION(int, getpwnam_r, (const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **found),
          (name, entry, buffer, size, found))
FW_REGION(int, getpwuid_r, (uid_t id, struct passwd *entry, char *buffer, size_t size, struct passwd **found),
          (id, entry, buffer, size, found))
FW_REGION(struct passwd *, getpwent, (void), ())
FW_REGION_UNDECLARED(int, getpwent_r, (struct passwd * entry, char *buffer, size_t size, struct passwd **found),
                     (entry, buffer, size, found))
FW_REGION(void, setpwent, (void), ())
FW_REGION(void, endpwent, (void), ())
FW_REGION(struct group *, getgrnam, (const char *name), (name))
FW_REGION(struct group *, getgrgid, (gid_t id), (id))
FW_REGION(int, getgrnam_r, (const char *name, struct group *entry, char *buffer, size_t size, struct group **found),
          (name, entry, buffer, size, found))
FW_REGION(int, getgrgid_r, (gid_t id, struct group *entry, char *buffer, size_t size, struct group **found),
          (id, entry, buffer, size, found))
FW_REGION(struct group *, getgrent, (void), ())
FW_REGION_UNDECLARED(int, getgrent_r, (struct group * entry, char *buffer, size_t size, struct group **found),
                     (entry, buffer, size, found))
FW_REGION(void, setgrent, (void), ())
FW_REGION(void, endgrent, (void), ())
FW_REGION(int, getgrouplist, (const char *user, gid_t group, gid_t *groups, int *count), (user, group, groups, count))
FW_REGION(int, initgroups, (const char *user, gid_t group), (user, group))

FW_REGION(void, openlog, (const char *identity, int options, int facility), (identity, options, facility))
FW_REGION(void, closelog, (void), ())
FW_REGION(void, vsyslog, (int priority, const char *format, va_list arguments), (priority, format, arguments))
FW_REGION_UNDECLARED(void, __vsyslog_chk, (int priority, int flag, const char *format, va_list arguments),
                     (priority, flag, format, arguments))

FW_HIDDEN __typeof__(syslog) fw_hook_syslog;
void fw_hook_syslog(int priority, const char *format, ...)
{
    FW_INSIDE(syslog);
    va_list arguments;
    va_start(arguments, format);
    FW_PASS(vsyslog)(priority, format, arguments);
    va_end(arguments);
}

FW_HIDDEN void fw_hook___syslog_chk(int priority, int flag, const char *format, ...);
void fw_hook___syslog_chk(int priority, int flag, const char *format, ...)
{
    FW_INSIDE(__syslog_chk);
    va_list arguments;
    va_start(arguments, format);
    FW_PASS(__vsyslog_chk)(priority, flag, format, arguments);
    va_end(arguments);
}
