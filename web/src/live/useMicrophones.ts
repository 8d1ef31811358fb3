import { useEffect, useState } from "react";
import { microphones } from "./microphone";

/** The microphones there are, kept up to date. `permission` changes when their names may have become known. */
export function useMicrophones(permission: unknown): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    let left = false;
    const refresh = () => {
      microphones().then(
        (found) => {
          if (!left) setDevices(found);
        },
        () => undefined,
      );
    };
    refresh();
    const source = navigator.mediaDevices as MediaDevices | undefined;
    source?.addEventListener("devicechange", refresh);
    return () => {
      left = true;
      source?.removeEventListener("devicechange", refresh);
    };
  }, [permission]);
  return devices;
}
