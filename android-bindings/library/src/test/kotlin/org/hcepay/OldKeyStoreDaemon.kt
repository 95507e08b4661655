package org.hcepay

import android.hardware.security.keymint.ErrorCode
import android.hardware.security.keymint.Tag
import android.os.Binder
import android.os.IBinder
import android.os.IInterface
import android.os.Parcel
import android.security.keymaster.ExportResult
import android.security.keymaster.KeyCharacteristics
import android.security.keymaster.KeymasterArguments
import android.security.keymaster.KeymasterCertificateChain
import android.security.keymaster.OperationResult
import android.system.keystore2.ResponseCode
import org.robolectric.shadows.ShadowServiceManager
import java.lang.reflect.Proxy
import java.math.BigInteger

/** The key store's daemon as Android 9 speaks to it: by names with prefixes, and codes instead of exceptions. */
class OldKeyStoreDaemon(private val mint: KeyMint) {
    private val certificates = mutableMapOf<String, ByteArray>()
    private val running = HashMap<IBinder, KeyMint.Operation>()

    /** Puts it where Android's own provider finds it, and installs that. */
    fun install() {
        @Suppress("UNCHECKED_CAST")
        val type = Class.forName("android.security.IKeystoreService") as Class<IInterface>
        val daemon = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, arguments ->
            val given = arguments.orEmpty()
            when (method.name) {
                "getState" -> NO_ERROR
                "exist" -> if (exists(given[0] as String)) NO_ERROR else ResponseCode.KEY_NOT_FOUND
                "del" -> delete(given[0] as String)
                "list" -> list(given[0] as String)
                "insert" -> NO_ERROR.also { certificates[given[0] as String] = given[1] as ByteArray }
                "get" -> certificates[given[0] as String]
                "attestKey" -> code { attest(alias(given[0]), given[1], given[2]) }
                "generateKey" -> code { characteristics(mint.generate(alias(given[0]), parameters(given[1])), given[5]) }
                "getKeyCharacteristics" -> code { characteristics(found(given[0]), given[4]) }
                "exportKey" -> export(given[0])
                "begin" -> begin(alias(given[1]), given[2] as Int, given[4])
                "update" -> result { running.getValue(given[0] as IBinder).update(given[2] as ByteArray?) }
                "finish" -> finish(given[0] as IBinder)
                "abort" -> NO_ERROR
                "addRngEntropy" -> NO_ERROR
                else -> error("${method.name} is not known")
            }
        } as IInterface
        ShadowServiceManager.addBinderService("android.security.keystore", type, daemon)
        Class.forName("android.security.keystore.AndroidKeyStoreProvider").getMethod("install").invoke(null)
    }

    private fun alias(name: Any?): String = PREFIXES.fold(name as String) { alias, prefix -> alias.removePrefix(prefix) }

    private fun exists(name: String) = name in certificates || (!name.startsWith(CERTIFICATE) && alias(name) in mint.keys)

    private fun delete(name: String): Int = code {
        if (!name.startsWith(KEY)) return@code Unit.also { certificates.remove(name) }
        mint.call(KeyStoreCall.DELETE, alias(name))
        mint.keys.remove(alias(name))
    }

    private fun list(prefix: String): Array<String> =
        if (prefix == KEY) mint.keys.keys.toTypedArray() else certificates.keys.filter { it.startsWith(prefix) }.map(::alias).toTypedArray()

    private fun found(name: Any?): MintedKey {
        mint.call(KeyStoreCall.GET, alias(name))
        return mint.find(alias(name))
    }

    private fun attest(alias: String, arguments: Any?, out: Any?) {
        val key = mint.find(alias)
        val challenge = (arguments as KeymasterArguments).getBytes(Tag.ATTESTATION_CHALLENGE, null)
        val asked = MintedKey(key.id, alias, key.parameters + Parameter(Tag.ATTESTATION_CHALLENGE, challenge), key.secret, key.public)
        mint.attest(asked)
        val parcel = Parcel.obtain()
        parcel.writeInt(asked.certificates.size)
        asked.certificates.forEach(parcel::writeByteArray)
        parcel.setDataPosition(0)
        (out as KeymasterCertificateChain).readFromParcel(parcel)
        parcel.recycle()
    }

    private fun characteristics(key: MintedKey, out: Any?) {
        (out as KeyCharacteristics).swEnforced = KeymasterArguments()
        out.hwEnforced = KeymasterArguments().apply {
            for (parameter in key.parameters) {
                val (tag, value) = parameter.tag to parameter.value
                when (tag) {
                    in ENUMS -> addEnum(tag, value as Int)
                    in NUMBERS -> addUnsignedInt(tag, (value as Int).toLong())
                    Tag.USER_SECURE_ID -> addUnsignedLong(tag, BigInteger.valueOf(value as Long))
                    in FLAGS -> addBoolean(tag)
                }
            }
        }
    }

    private fun parameters(given: Any?): List<Parameter> = with(given as KeymasterArguments) {
        ENUMS.flatMap { tag -> enums(tag).map { Parameter(tag, it) } } +
            NUMBERS.filter(::containsTag).map { Parameter(it, getUnsignedInt(it, 0).toInt()) } +
            FLAGS.filter(::getBoolean).map { Parameter(it, true) } +
            getUnsignedLongs(Tag.USER_SECURE_ID).map { Parameter(Tag.USER_SECURE_ID, it.toLong()) } +
            listOfNotNull(getBytes(Tag.NONCE, null)?.let { Parameter(Tag.NONCE, it) })
    }

    private fun KeymasterArguments.enums(tag: Int): List<Int> =
        if (tag in REPEATED) getEnums(tag) else listOf(tag).filter(::containsTag).map { getEnum(it, 0) }

    private fun export(name: Any?): ExportResult {
        var bytes: ByteArray? = null
        val code = code { bytes = found(name).public!!.encoded }
        val parcel = Parcel.obtain()
        parcel.writeInt(code)
        parcel.writeByteArray(bytes)
        parcel.setDataPosition(0)
        return ExportResult.CREATOR.createFromParcel(parcel).also { parcel.recycle() }
    }

    private fun begin(alias: String, purpose: Int, arguments: Any?): OperationResult {
        val token = Binder()
        var nonce: ByteArray? = null
        val code = code {
            val begun = mint.begin(mint.find(alias), parameters(arguments) + Parameter(Tag.PURPOSE, purpose))
            running[token] = begun
            nonce = begun.nonce
        }
        val out = KeymasterArguments().apply { nonce?.let { addBytes(Tag.NONCE, it) } }
        return OperationResult(code, token, token.hashCode().toLong(), 0, null, out)
    }

    private fun finish(token: IBinder): OperationResult {
        var output: ByteArray? = null
        val code = code { output = running.remove(token)!!.finish() }
        return OperationResult(code, token, 0, 0, output, KeymasterArguments())
    }

    /** All of the input is taken. */
    private fun result(work: () -> Int): OperationResult {
        var consumed = 0
        val code = code { consumed = work() }
        return OperationResult(code, null, 0, consumed, ByteArray(0), KeymasterArguments())
    }

    private fun code(work: () -> Unit): Int = try {
        work()
        NO_ERROR
    } catch (refused: Refused) {
        // Of what came later Android 9 knows nothing.
        when (refused.code) {
            KeyStoreDaemon.GONE -> ResponseCode.SYSTEM_ERROR
            ResponseCode.KEY_PERMANENTLY_INVALIDATED -> ErrorCode.KEY_USER_NOT_AUTHENTICATED
            else -> refused.code
        }
    }

    private companion object {
        const val NO_ERROR = 1
        const val KEY = "USRPKEY_"
        const val CERTIFICATE = "USRCERT_"
        val PREFIXES = listOf(KEY, CERTIFICATE, "USRSKEY_", "CACERT_")
        val REPEATED = listOf(Tag.PURPOSE, Tag.BLOCK_MODE, Tag.PADDING, Tag.DIGEST)
        val ENUMS = REPEATED + listOf(Tag.ALGORITHM, Tag.EC_CURVE, Tag.USER_AUTH_TYPE)
        val NUMBERS = listOf(Tag.KEY_SIZE, Tag.AUTH_TIMEOUT, Tag.MAC_LENGTH)
        val FLAGS = listOf(Tag.NO_AUTH_REQUIRED, Tag.UNLOCKED_DEVICE_REQUIRED, Tag.CALLER_NONCE)
    }
}
