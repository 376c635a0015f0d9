#!/bin/sh
# Make a Debian 12 chroot with Sendmail to record from; it conflicts with Postfix as a package.
# Usage: sendmail-chroot.sh ROOT MIRROR    (as root; ROOT must not exist)
set -e
root=$1
mirror=${2:-http://deb.debian.org/debian}
debootstrap --variant=minbase bookworm "$root" "$mirror"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
echo "deb http://deb.debian.org/debian-security bookworm-security main" >> "$root/etc/apt/sources.list"
chroot "$root" apt-get update
DEBIAN_FRONTEND=noninteractive chroot "$root" \
    apt-get install -y --no-install-recommends sendmail-bin sendmail-cf m4
