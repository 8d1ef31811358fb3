import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { icon } from "../ui/icons";
import { IconButton } from "../ui/IconButton";
import { Menu } from "../ui/Menu";
import { onTheme, setTheme, THEME_CHOICES, themeChoice, type ThemeChoice } from "./theme";

const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Light, dark, or as the system has it. */
export function ThemeMenu() {
  const { t } = useTranslation();
  const choice = useSyncExternalStore(onTheme, themeChoice);
  const Icon = ICONS[choice];
  return (
    <Menu
      label={t("theme.label")}
      trigger={
        <IconButton label={`${t("theme.label")}: ${t(`theme.${choice}`)}`} icon={<Icon {...icon} />} />
      }
      chosen={choice}
      items={THEME_CHOICES.map((value) => ({ value, label: t(`theme.${value}`) }))}
      onPick={(value) => setTheme(value as ThemeChoice)}
    />
  );
}
