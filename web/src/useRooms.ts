import { useEffect, useState } from "react";

export const ROOMS = ["speak", "live"] as const;
export type Room = (typeof ROOMS)[number];

interface Rooms {
  /** The open one. */
  room: Room;
  /** Those that were open once; they stay, so that nothing in them is lost. */
  seen: ReadonlySet<Room>;
}

function fromAddress(): Room {
  const asked = new URLSearchParams(location.search).get("room");
  return ROOMS.find((room) => room === asked) ?? "speak";
}

/** Which room is open: it stands in the address, so that it can be shared and gone back from. */
function seeing(rooms: Rooms, room: Room): Rooms {
  return { room, seen: new Set([...rooms.seen, room]) };
}

export function useRooms(): Rooms & { enter: (room: Room) => void } {
  const [rooms, setRooms] = useState<Rooms>(() => {
    const room = fromAddress();
    return { room, seen: new Set([room]) };
  });

  useEffect(() => {
    const back = () => setRooms((old) => seeing(old, fromAddress()));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const enter = (room: Room) => {
    const address = new URL(location.href);
    if (room === "speak") address.searchParams.delete("room");
    else address.searchParams.set("room", room);
    history.pushState(null, "", address);
    setRooms((old) => seeing(old, room));
  };
  return { ...rooms, enter };
}
