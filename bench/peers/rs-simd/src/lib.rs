//! A warm, reusable encoder and decoder of reed-solomon-simd for C. All pointers are to `count` shards of `bytes` bytes
//! that lie one after the other.
use reed_solomon_simd::{ReedSolomonDecoder, ReedSolomonEncoder};
use std::slice::from_raw_parts;

pub struct Peer {
    encoder: ReedSolomonEncoder,
    decoder: ReedSolomonDecoder,
    data: usize,
    parity: usize,
    bytes: usize,
}

#[no_mangle]
pub extern "C" fn rs_simd_create(data: usize, parity: usize, bytes: usize) -> *mut Peer {
    let peer = Peer {
        encoder: ReedSolomonEncoder::new(data, parity, bytes).unwrap(),
        decoder: ReedSolomonDecoder::new(data, parity, bytes).unwrap(),
        data,
        parity,
        bytes,
    };
    Box::into_raw(Box::new(peer))
}

/// # Safety
/// `peer` comes from rs_simd_create and is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn rs_simd_destroy(peer: *mut Peer) {
    drop(Box::from_raw(peer));
}

/// # Safety
/// `data` and `parity` are blocks as described above.
#[no_mangle]
pub unsafe extern "C" fn rs_simd_encode(peer: *mut Peer, data: *const u8, parity: *mut u8) {
    let p = &mut *peer;
    p.encoder.reset(p.data, p.parity, p.bytes).unwrap();
    for i in 0..p.data {
        p.encoder.add_original_shard(from_raw_parts(data.add(i * p.bytes), p.bytes)).unwrap();
    }
    let result = p.encoder.encode().unwrap();
    for (j, shard) in result.recovery_iter().enumerate() {
        std::ptr::copy_nonoverlapping(shard.as_ptr(), parity.add(j * p.bytes), p.bytes);
    }
}

/// # Safety
/// `shards` is a block of data and parity, `present` has a byte for each of them.
#[no_mangle]
pub unsafe extern "C" fn rs_simd_decode(peer: *mut Peer, shards: *mut u8, present: *const u8) {
    let p = &mut *peer;
    p.decoder.reset(p.data, p.parity, p.bytes).unwrap();
    for i in 0..p.data + p.parity {
        if *present.add(i) == 0 {
            continue;
        }
        let shard = from_raw_parts(shards.add(i * p.bytes), p.bytes);
        if i < p.data {
            p.decoder.add_original_shard(i, shard).unwrap();
        } else {
            p.decoder.add_recovery_shard(i - p.data, shard).unwrap();
        }
    }
    let result = p.decoder.decode().unwrap();
    for (i, shard) in result.restored_original_iter() {
        std::ptr::copy_nonoverlapping(shard.as_ptr(), shards.add(i * p.bytes), p.bytes);
    }
}
