package org.hcepay.bionic

import java.nio.file.NoSuchFileException

/** Why a system call fails: Linux's asm-generic/errno-base.h. */
enum class Errno(internal val number: Int) {
    ENOENT(2),
    EIO(5),
    EAGAIN(11),
    ENOSPC(28),
    ;

    internal fun failure() = Failure(this)

    internal class Failure(val errno: Errno) : Exception()

    internal companion object {
        /** That of this machine's failure; null where it is none that a process should see. */
        fun of(failed: Exception): Errno? = when (failed) {
            is Failure -> failed.errno
            is NoSuchFileException -> ENOENT
            else -> null
        }
    }
}
