package org.hcepay.bionic

import com.github.unidbg.Emulator
import com.github.unidbg.arm.Arm64Hook
import com.github.unidbg.arm.HookStatus
import com.github.unidbg.arm.context.RegisterContext
import com.github.unidbg.linux.android.AndroidResolver
import com.github.unidbg.linux.android.dvm.DvmClass
import com.github.unidbg.linux.android.dvm.VM
import com.github.unidbg.memory.SvcMemory
import org.hcepay.internal.Native
import unicorn.Arm64Const
import java.io.File
import java.lang.invoke.MethodType
import java.lang.reflect.Modifier
import java.nio.file.Path
import com.github.unidbg.linux.android.dvm.array.ByteArray as JavaArray

/**
 * A process of Android 6 (API 23) on arm64 that has loaded `libhcepay.so`. Its files below /data are in `data` below [root].
 * There is no Java in it that the library could call.
 */
class AndroidProcess(root: Path, processor: Processor = Processor.OF_A_PHONE) : AutoCloseable {
    val kernel = Kernel(root)
    private val vm: VM
    private val native: DvmClass

    init {
        kernel.memory.setLibraryResolver(AndroidResolver(23))
        kernel.memory.addHookListener { memory, _, symbol, ofBionic ->
            if (symbol == "getauxval") auxiliaryVector(memory, processor, ofBionic) else 0
        }
        vm = kernel.createDalvikVM()
        vm.loadLibrary(File(System.getProperty("so")), true)
        native = vm.resolveClass(Native::class.java.name.replace('.', '/'))
        check(call("start").contentEquals(byteArrayOf(0)))
    }

    /** Calls a native of `org.hcepay.internal.Native` by its name there. */
    fun call(name: String, vararg arguments: Any?): ByteArray {
        val method = name + natives.getValue(name).toMethodDescriptorString()
        val passed = arguments.map { argument -> if (argument is ByteArray) JavaArray(vm, argument) else argument ?: 0 }
        val answer = native.callStaticJniMethodObject<JavaArray?>(kernel, method, *passed.toTypedArray())
        check(kernel.faults.isEmpty()) { "$name: ${kernel.faults}" }
        // A native gives null where there is no memory left, unidbg where the processor stopped.
        return checkNotNull(answer) { "$name stopped at ${kernel.backend.reg_read(Arm64Const.UC_ARM64_REG_PC)}" }.value
    }

    /** The process ends as a kill ends it: nothing of what runs in it is told. */
    override fun close() = kernel.close()

    /** What the processor says that it can, which unidbg does not say: AT_HWCAP of Linux's asm/hwcap.h. */
    enum class Processor(internal val capabilities: Long) {
        /** FP, ASIMD, EVTSTRM, AES, PMULL, SHA1, SHA2, CRC32. */
        OF_A_PHONE(0xFF),

        /** FP, ASIMD: no instructions for AES and SHA. */
        WITHOUT_AES(0x3),
    }

    companion object {
        /** Those of the Java class, which is looked at and never run: there is no such library for this machine. */
        val natives: Map<String, MethodType> = Native::class.java.declaredMethods.filter { Modifier.isNative(it.modifiers) }
            .associate { it.name to MethodType.methodType(it.returnType, it.parameterTypes) }

        private const val AT_HWCAP = 16L

        private fun auxiliaryVector(memory: SvcMemory, processor: Processor, ofBionic: Long) = memory.registerSvc(object : Arm64Hook() {
            override fun hook(emulator: Emulator<*>): HookStatus {
                val asked = emulator.getContext<RegisterContext>().getLongArg(0)
                return if (asked == AT_HWCAP) HookStatus.LR(emulator, processor.capabilities) else HookStatus.RET(emulator, ofBionic)
            }
        }).peer
    }
}
