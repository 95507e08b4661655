package org.hcepay.bionic

import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.OverlappingFileLockException
import java.nio.file.Files
import java.nio.file.OpenOption
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions

/** What stands behind a file descriptor: a file or a directory of this machine. */
internal class OpenFile private constructor(private val path: Path, private val channel: FileChannel, private val appends: Boolean) {
    fun read(most: Int): ByteArray {
        val bytes = ByteBuffer.allocate(most)
        return bytes.array().copyOf(maxOf(0, channel.read(bytes)))
    }

    fun write(bytes: ByteArray): Long {
        if (appends) channel.position(channel.size())
        return channel.write(ByteBuffer.wrap(bytes)).toLong()
    }

    fun seek(offset: Long, whence: Int): Long {
        channel.position(offset + listOf(0, channel.position(), channel.size())[whence])
        return channel.position()
    }

    fun truncate(length: Long) {
        check(length <= channel.size()) { "a file is made longer" }
        channel.truncate(length)
    }

    fun sync(withItsNames: Boolean) = channel.force(withItsNames)

    fun length(): Long = channel.size()

    /** st_mode: what it is, and for whom. */
    fun mode(): Int = Files.getAttribute(path, "unix:mode") as Int

    /** The lock goes with the descriptor, hence with the process. */
    fun lock(operation: Int) {
        check(operation == EXCLUSIVE_OR_FAIL) { "flock $operation" }
        try {
            channel.tryLock() ?: throw Errno.EAGAIN.failure()
        } catch (_: OverlappingFileLockException) {
            throw Errno.EAGAIN.failure()
        }
    }

    fun close() = channel.close()

    companion object {
        private const val EXCLUSIVE_OR_FAIL = 2 or 4

        /** Flags: Linux's asm-generic/fcntl.h. */
        fun open(path: Path, flags: Int, mode: Int): OpenFile {
            val options = HashSet<OpenOption>()
            options += if (flags and 3 == 0) READ else WRITE
            if (flags and 0x40 != 0) options += CREATE
            if (flags and 0x200 != 0) options += TRUNCATE_EXISTING
            check(flags and 0x82 == 0) { "open with flags ${flags.toString(16)}" }
            val permissions = PosixFilePermission.entries.filterIndexed { index, _ -> mode shr (8 - index) and 1 != 0 }.toSet()
            val attributes = if (CREATE in options) arrayOf(PosixFilePermissions.asFileAttribute(permissions)) else emptyArray()
            return OpenFile(path, FileChannel.open(path, options, *attributes), flags and 0x400 != 0)
        }

        fun rename(from: Path, to: Path) {
            Files.move(from, to, ATOMIC_MOVE)
        }
    }
}
